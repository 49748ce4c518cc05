package dev.limen.extauthz;

import dev.limen.bytes.AsciiWord;
import dev.limen.bytes.Span;

/** A sink that counts headers up to a limit, and looks for nothing but the path and the cookie. */
final class TallySink implements CheckRequestSink {
  private static final byte[] COOKIE = AsciiWord.of("cookie");

  private final int room;
  private byte[] bytes = {};
  private int headers;
  private long path = Span.ABSENT;
  private long cookie = Span.ABSENT;

  TallySink(int room) {
    this.room = room;
  }

  void reset(byte[] message) {
    bytes = message;
    headers = 0;
    path = Span.ABSENT;
    cookie = Span.ABSENT;
  }

  boolean hasPathAndCookie() {
    return Span.isPresent(path) && Span.isPresent(cookie);
  }

  private boolean take(long name, long value) {
    if (bytes.length > 0 && AsciiWord.equalIgnoringCase(COOKIE, bytes, name)) {
      cookie = value;
    }
    return headers++ < room;
  }

  @Override
  public boolean onMapHeader(long name, long value) {
    return take(name, value);
  }

  @Override
  public boolean onRawHeader(long name, long value) {
    return take(name, value);
  }

  @Override
  public void onPath(long span) {
    path = span;
  }

  @Override
  public void onId(long span) {}

  @Override
  public void onMethod(long span) {}

  @Override
  public void onHost(long span) {}

  @Override
  public void onScheme(long span) {}

  @Override
  public void onProtocol(long span) {}

  @Override
  public void onSize(long size) {}

  @Override
  public void onSource(long address, int port) {}
}
