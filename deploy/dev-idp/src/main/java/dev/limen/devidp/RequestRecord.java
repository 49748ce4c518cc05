package dev.limen.devidp;

import com.nimbusds.jose.util.JSONObjectUtils;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One request, as the provider's log keeps it.
 *
 * <p>Invariant: no secret is in it. Of parameters and headers there are names at most, the path has
 * no query, and client and user are there only if the realm knows them, so that a password typed
 * into the wrong field is not kept.
 *
 * @param time when the answer was ready
 * @param method the HTTP method
 * @param path the path without query, cut at 256 characters
 * @param kind what was asked
 * @param outcome what came of it: {@code ok}, {@code login-form}, {@code code-issued}, {@code
 *     wrong-password}, {@code confirmation}, {@code signed-out}, an OAuth error code …
 * @param status the HTTP status
 * @param clientId the client, if known
 * @param user the user's name, if known
 * @param fault the label of the fault that struck, if one did
 * @param host the {@code Host} header: by which name the provider was reached
 * @param remotePort the port of the peer
 * @param headerNames the names of all request headers, in lower case, in order of the alphabet
 */
public record RequestRecord(
    Instant time,
    String method,
    String path,
    RequestKind kind,
    String outcome,
    int status,
    @Nullable String clientId,
    @Nullable String user,
    @Nullable String fault,
    String host,
    int remotePort,
    List<String> headerNames) {

  /** Copies the names. */
  public RequestRecord {
    headerNames = List.copyOf(headerNames);
  }

  /** Whether the request carried a header of this name, in any case. */
  public boolean arrivedWith(String headerName) {
    return headerNames.contains(headerName.toLowerCase(Locale.ROOT));
  }

  /** Whether this is a request of {@code kind} that ended so. */
  public boolean is(RequestKind wantedKind, String wantedOutcome) {
    return kind == wantedKind && outcome.equals(wantedOutcome);
  }

  /** One line of JSON; what is not known is left out. */
  public String toJson() {
    Map<String, Object> json = new LinkedHashMap<>();
    json.put("time", time.toString());
    json.put("method", method);
    json.put("path", path);
    json.put("kind", kind.label());
    json.put("outcome", outcome);
    json.put("status", status);
    putIfKnown(json, "client", clientId);
    putIfKnown(json, "user", user);
    putIfKnown(json, "fault", fault);
    json.put("host", host);
    json.put("remotePort", remotePort);
    json.put("headers", headerNames);
    return JSONObjectUtils.toJSONString(json);
  }

  private static void putIfKnown(Map<String, Object> json, String name, @Nullable String value) {
    if (value != null) {
      json.put(name, value);
    }
  }
}
