package dev.limen.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.HttpDecoderConfig;
import io.netty.handler.codec.http.HttpRequest;
import io.netty.handler.codec.http.HttpRequestDecoder;
import io.netty.util.ReferenceCountUtil;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Heads as text: those that Netty's own decoder finds, and ours to compare them with. */
final class NettyHeads {
  private NettyHeads() {}

  /** All heads in {@code bytes}, up to the first that Netty refuses. */
  static List<String> read(byte[] bytes) {
    HttpDecoderConfig config =
        new HttpDecoderConfig().setMaxInitialLineLength(1 << 20).setMaxHeaderSize(1 << 20);
    EmbeddedChannel channel = new EmbeddedChannel(new HttpRequestDecoder(config));
    channel.writeInbound(Unpooled.wrappedBuffer(bytes));
    List<String> heads = new ArrayList<>();
    for (Object message = channel.readInbound(); message != null; message = channel.readInbound()) {
      if (message instanceof HttpRequest request && request.decoderResult().isSuccess()) {
        heads.add(text(request));
      }
      ReferenceCountUtil.release(message);
    }
    channel.finishAndReleaseAll();
    return heads;
  }

  private static String text(HttpRequest request) {
    StringBuilder text = new StringBuilder();
    text.append(request.method()).append(' ').append(request.uri());
    text.append(' ').append(request.protocolVersion().minorVersion() == 0);
    request
        .headers()
        .forEach(line ->
            text.append('\n')
                .append(line.getKey().toLowerCase(Locale.ROOT))
                .append(": ")
                .append(line.getValue()));
    return text.toString();
  }

  /** Ours, in the same words. */
  static String text(RequestHead head) {
    StringBuilder text = new StringBuilder();
    text.append(head.text(head.method())).append(' ').append(head.text(head.target()));
    text.append(' ').append(head.speaks10());
    for (int i = 0; i < head.names().length; i++) {
      text.append('\n').append(head.text(head.names()[i]));
      text.append(": ").append(head.text(head.values()[i]));
    }
    return text.toString();
  }
}
