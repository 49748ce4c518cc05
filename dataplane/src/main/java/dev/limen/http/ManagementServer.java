package dev.limen.http;

import dev.limen.bytes.AsciiWord;
import dev.limen.check.ConnectionLimit;
import dev.limen.check.HeaderField;
import dev.limen.check.Reason;
import dev.limen.config.ManagementConfig;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.ServerChannel;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.function.Supplier;

/**
 * Ping, readiness and metrics, on a port of their own.
 *
 * <p>Invariant: tells nothing about anybody's session, answers nothing that a front door does, and
 * keeps no event loop that answers checks: the figures are read elsewhere. Safe for all threads.
 */
public final class ManagementServer implements AutoCloseable {
  /** Scrapers and probes come every few seconds, or with a new connection. */
  static final Duration IDLE = Duration.ofMinutes(10);

  /** From the first byte of a request to its last. */
  static final Duration MESSAGE = Duration.ofSeconds(10);

  private static final byte[] GET = AsciiWord.of("GET");
  private static final byte[] HEAD = AsciiWord.of("HEAD");

  private static final HeaderField PLAIN =
      new HeaderField("content-type", "text/plain; charset=utf-8");
  private static final HeaderField NO_STORE = new HeaderField("cache-control", "no-store");
  private static final HeaderField ALLOW = new HeaderField("allow", "GET, HEAD");

  private final Listener listener;
  private final Scrapes scrapes;

  private ManagementServer(Listener listener, Scrapes scrapes) {
    this.listener = listener;
    this.scrapes = scrapes;
  }

  /** The figures in the form that Prometheus reads. */
  public interface Exposition {
    /** The whole text, as it is now; may take its time. */
    byte[] scrape();

    /** Its media type. */
    String contentType();
  }

  /**
   * What the port is made of, before it listens.
   *
   * @param config where to listen, and the three paths
   * @param broken why only a restart helps, a few words each; empty while none is needed
   * @param notReady why checks cannot be answered now, a few words each; empty when they can
   * @param notes what an operator should know although checks can be answered; a line each
   * @param exposition the figures
   */
  public record Setup(
      ManagementConfig config,
      Supplier<List<String>> broken,
      Supplier<List<String>> notReady,
      Supplier<List<String>> notes,
      Exposition exposition) {
    /** Listens; returns when connections are accepted. */
    public ManagementServer listen(EventLoopGroup loops, Class<? extends ServerChannel> channelType)
        throws IOException {
      ConnectionLimit limit =
          new ConnectionLimit(config.maxConnections(), ConnectionLimit.NO_LIMIT);
      Listener.Port port = new Listener.Port(config.bindAddress(), limit, IDLE, MESSAGE);
      Scrapes scrapes = new Scrapes(exposition);
      return new ManagementServer(
          Listener.listen(loops, channelType, port, new Handler(this, scrapes)), scrapes);
    }
  }

  /** Where it listens, with the port that the system chose if it was to choose one. */
  public InetSocketAddress address() {
    return listener.address();
  }

  /** Stops at once. */
  @Override
  public void close() {
    listener.close();
    scrapes.close();
  }

  private record Handler(Setup setup, Scrapes scrapes) implements RequestHandler {
    @Override
    public void handle(RequestHead head, Exchange exchange) {
      String target = head.text(head.target());
      int question = target.indexOf('?');
      String path = question < 0 ? target : target.substring(0, question);
      boolean reads = head.isMethod(GET) || head.isMethod(HEAD);
      if (reads && path.equals(setup.config().metricsPath())) {
        scrapes.answer(exchange);
      } else {
        exchange.answer(answer(path, reads));
      }
    }

    @Override
    public void refused(Reason reason) {}

    @Override
    public void turnedAway() {}

    private HttpAnswer answer(String path, boolean reads) {
      ManagementConfig config = setup.config();
      boolean known =
          path.equals(config.pingPath())
              || path.equals(config.readyPath())
              || path.equals(config.metricsPath());
      if (!known) {
        return text(404, "there is nothing here", NO_STORE);
      }
      if (!reads) {
        return text(405, "only GET and HEAD", ALLOW);
      }
      return path.equals(config.readyPath()) ? readiness() : life();
    }

    private HttpAnswer life() {
      List<String> reasons = setup.broken().get();
      return reasons.isEmpty()
          ? text(200, "OK", NO_STORE)
          : text(503, "broken: " + String.join("; ", reasons), NO_STORE);
    }

    private HttpAnswer readiness() {
      List<String> reasons = setup.notReady().get();
      String notes =
          String.join("", setup.notes().get().stream().map(note -> "\n" + note).toList());
      return reasons.isEmpty()
          ? text(200, "ready" + notes, NO_STORE)
          : text(503, "not ready: " + String.join("; ", reasons) + notes, NO_STORE);
    }

    private static HttpAnswer text(int status, String text, HeaderField field) {
      byte[] body = (text + "\n").getBytes(StandardCharsets.UTF_8);
      return HttpAnswer.of(status, List.of(PLAIN, field), body);
    }
  }
}
