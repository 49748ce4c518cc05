package dev.limen.login;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.limen.bytes.Base64Url;
import dev.limen.bytes.Span;
import dev.limen.config.CookieConfig;
import dev.limen.cookie.OwnCookies;
import dev.limen.cookie.SetCookie;
import dev.limen.crypto.KeyRing;
import dev.limen.crypto.UnknownKeyException;
import dev.limen.oidc.SentRequest;
import dev.limen.session.v1.FlowState;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes and reads the cookies of logins under way: one each, so that tabs never overwrite each
 * other, and nothing is stored for somebody who only knocks.
 *
 * <p>Invariant: name and value are at most {@link #MAX_LENGTH} bytes; a value opens only under the
 * name that it was sealed for (associated data), with a key of the ring. Immutable; safe for all
 * threads.
 */
final class FlowCookies {
  /** Bytes of name and value: eight of them, and the gateway still takes the request. */
  static final int MAX_LENGTH = 1_536;

  /** A longer return URL loses its query. */
  static final int MAX_RETURN_LENGTH = 1_024;

  private static final String LABEL = "limen/flow/1";
  private static final byte[] NO_USER_KEY = {};

  private final String prefix;
  private final int maxFlows;
  private final long expireMillis;
  private final KeyRing keys;
  private final SetCookie setCookie;

  FlowCookies(CookieConfig config, KeyRing keys, SetCookie setCookie) {
    this.prefix = config.name() + OwnCookies.FLOW_INFIX;
    this.maxFlows = config.flow().maxFlows();
    this.expireMillis = config.flow().expire().toMillis();
    this.keys = keys;
    this.setCookie = setCookie;
  }

  /**
   * The {@code Set-Cookie} value that carries {@code flow}. Its return URL loses its query, or is
   * {@code lastResort}, where the cookie would be too long.
   */
  String set(Flow flow, String lastResort) {
    String wish = flow.returnTo();
    int query = wish.indexOf('?');
    String shorter = query < 0 ? wish : wish.substring(0, query);
    for (String target : List.of(wish, shorter)) {
      String value = target.length() > MAX_RETURN_LENGTH ? null : value(flow.withReturnTo(target));
      if (value != null) {
        return lasting(flow, value);
      }
    }
    String value = value(flow.withReturnTo(lastResort));
    if (value == null) {
      throw new IllegalStateException("redirects.defaultPath is too long for a flow cookie");
    }
    return lasting(flow, value);
  }

  /** The flow {@code id} among the request's cookies; null if it is not there or does not open. */
  @Nullable Flow open(String id, RequestCookies cookies) {
    return openNamed(prefix + id, cookies);
  }

  /** Whether {@code flow} was started too long ago. */
  boolean isExpired(Flow flow, long nowMillis) {
    return nowMillis - flow.createdAtMillis() > expireMillis;
  }

  /** The {@code Set-Cookie} value that clears the cookie of the flow {@code id}. */
  String clearing(String id) {
    return setCookie.clearing(prefix + id);
  }

  /**
   * The {@code Set-Cookie} values that make room for one more flow: first go those that do not
   * open, then the oldest.
   */
  List<String> makingRoom(RequestCookies cookies) {
    List<String> names = cookies.flowNames();
    int tooMany = names.size() - maxFlows + 1;
    if (tooMany <= 0) {
      return List.of();
    }
    List<Aged> aged = new ArrayList<>();
    for (String name : names) {
      Flow flow = openNamed(name, cookies);
      aged.add(new Aged(name, flow == null ? Long.MIN_VALUE : flow.createdAtMillis()));
    }
    aged.sort(Comparator.comparingLong(Aged::createdAtMillis));
    return aged.subList(0, tooMany).stream().map(each -> setCookie.clearing(each.name())).toList();
  }

  private String lasting(Flow flow, String value) {
    return setCookie.lasting(prefix + flow.id(), value, expireMillis / 1_000);
  }

  private @Nullable String value(Flow flow) {
    FlowState.Builder state =
        FlowState.newBuilder()
            .setProvider(flow.provider())
            .setSeed(ByteString.copyFrom(flow.seed()))
            .setReturnPath(flow.returnTo())
            .setCreatedAtMillis(flow.createdAtMillis());
    if (flow.maxAgeSeconds() != SentRequest.NO_MAX_AGE) {
      state.setMaxAgeSeconds(flow.maxAgeSeconds());
    }
    String name = prefix + flow.id();
    byte[] sealed =
        keys.seal(LABEL, NO_USER_KEY, associatedData(name), state.build().toByteArray());
    return name.length() + Base64Url.encodedLength(sealed.length) <= MAX_LENGTH
        ? Base64Url.encode(sealed)
        : null;
  }

  private @Nullable Flow openNamed(String name, RequestCookies cookies) {
    String value = cookies.flowValue(name);
    int idLength = name.length() - prefix.length();
    if (value == null
        || idLength != Flow.ID_LENGTH
        || name.length() + value.length() > MAX_LENGTH) {
      return null;
    }
    byte[] text = value.getBytes(StandardCharsets.ISO_8859_1);
    int length = Base64Url.decodedLength(text.length);
    byte[] sealed = new byte[Math.max(length, 0)];
    if (Base64Url.decode(text, Span.of(0, text.length), sealed, 0) == Base64Url.MALFORMED) {
      return null;
    }
    try {
      byte[] plain = keys.open(LABEL, NO_USER_KEY, associatedData(name), sealed);
      return plain == null ? null : flow(name, FlowState.parseFrom(plain));
    } catch (UnknownKeyException | InvalidProtocolBufferException _) {
      // A key that left the ring, or bytes that only look sealed: the login starts afresh.
      return null;
    }
  }

  private Flow flow(String name, FlowState state) {
    return new Flow(
        name.substring(prefix.length()),
        state.getProvider(),
        state.getSeed().toByteArray(),
        state.getReturnPath(),
        state.getCreatedAtMillis(),
        state.hasMaxAgeSeconds() ? state.getMaxAgeSeconds() : SentRequest.NO_MAX_AGE);
  }

  private static byte[] associatedData(String name) {
    return name.getBytes(StandardCharsets.US_ASCII);
  }

  /** A flow cookie and when it was made; the beginning of time if it does not open. */
  private record Aged(String name, long createdAtMillis) {}
}
