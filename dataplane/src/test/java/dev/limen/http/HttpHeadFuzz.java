package dev.limen.http;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.limen.bytes.AsciiWord;
import dev.limen.check.Reason;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/**
 * Any bytes as a connection of HTTP/1.1: what is read out of them does not depend on how they
 * arrive, what is taken for a request is one, as Netty's own decoder reads it, and nothing is read
 * after a refusal.
 */
@NullMarked
class HttpHeadFuzz {
  /** A connection, and what it took the bytes for. */
  private static final class Reading implements RequestHandler {
    private final EmbeddedChannel channel = new EmbeddedChannel();
    private final List<String> seen = new ArrayList<>();
    private final List<String> taken = new ArrayList<>();
    private final StringBuilder written = new StringBuilder();
    private boolean refused;

    Reading() {
      HttpConnection connection = new HttpConnection(channel, this, Duration.ofSeconds(10));
      channel.pipeline().addLast(connection.decoder()).addLast(connection);
    }

    Reading feed(byte[] bytes, int step) {
      for (int at = 0; at < bytes.length && channel.isOpen(); at += step) {
        int length = Math.min(step, bytes.length - at);
        channel.writeInbound(Unpooled.copiedBuffer(bytes, at, length));
        channel.runPendingTasks();
        for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
          written.append(out.toString(StandardCharsets.ISO_8859_1));
          out.release();
        }
      }
      channel.finishAndReleaseAll();
      return this;
    }

    @Override
    public void handle(RequestHead head, Exchange exchange) {
      require(!refused, "a request after a refusal");
      String method = head.text(head.method());
      String target = head.text(head.target());
      require(method.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,32}"), "the method");
      require(target.matches("[!-\"$-~]+"), "the target");
      require(head.all(AsciiWord.of("host")).size() == 1, "one host");
      for (int i = 0; i < head.names().length; i++) {
        require(head.text(head.names()[i]).matches("[!#$%&'*+.^_`|~0-9a-z-]+"), "a name");
        require(head.text(head.values()[i]).matches("[\t -~\u0080-\u00ff]*"), "a value");
      }
      taken.add(NettyHeads.text(head));
      seen.add(NettyHeads.text(head));
      exchange.answer(HttpAnswer.of(200, List.of(), new byte[0]));
    }

    @Override
    public void refused(Reason reason) {
      require(!refused, "a second refusal");
      refused = true;
      seen.add("refused " + reason.label());
    }

    @Override
    public void turnedAway() {}
  }

  @FuzzTest
  void whatIsReadDoesNotDependOnHowItArrives(byte[] bytes) {
    Reading whole = new Reading().feed(bytes, Math.max(1, bytes.length));
    Reading byByte = new Reading().feed(bytes, 1);
    require(whole.seen.equals(byByte.seen), "whole: " + whole.seen + ", split: " + byByte.seen);
    List<String> nettys = NettyHeads.read(bytes);
    int count = whole.taken.size();
    require(nettys.size() >= count, "more requests than Netty sees");
    require(whole.taken.equals(nettys.subList(0, count)), "not as Netty reads them");
    require(whole.written.compareTo(byByte.written) == 0, "the answers differ");
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
