package dev.limen.http;

import dev.limen.bytes.AsciiWord;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.codec.http.HttpContent;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.LastHttpContent;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection of HTTP/1.1: reads requests one after the other, answers them in that order,
 * however late each answer comes.
 *
 * <pre>
 *   read --&gt; [ oldest .. newest ] --&gt; write the oldest while it has its answer
 *            at most MAX_UNDER_WAY, then reading stops
 * </pre>
 *
 * <p>Invariant: answers leave in the order of their requests (RFC 9112, section 9.3.2); after one
 * that closes, nothing is read as a request and nothing written. Confined to its event loop but for
 * {@link #drain}, and releases every message that the decoder hands on.
 */
@SuppressWarnings("FutureReturnValueIgnored") // A write that fails closes the connection.
final class HttpConnection extends ChannelInboundHandlerAdapter {
  /** Requests of one connection that wait for their answers; Envoy sends one at a time. */
  static final int MAX_UNDER_WAY = 64;

  /** How long a connection that has nothing more to say waits for the client's end. */
  static final int LINGER_SECONDS = 1;

  private static final byte[] HEAD = AsciiWord.of("HEAD");
  private static final Logger LOG = LoggerFactory.getLogger(HttpConnection.class);

  private final Channel channel;
  private final RequestHandler handler;
  private final RequestDecoder decoder;
  private final long messageNanos;
  private final ArrayDeque<Exchange> underWay = new ArrayDeque<>();
  private @Nullable RequestHead request;
  private @Nullable Exchange exchange;
  private int bodyBytes;
  private int keptBodyBytes;
  private int messageCount;
  private int watchedMessage;
  private @Nullable Future<?> messageDeadline;
  private boolean reading;
  private boolean paused;
  private boolean inputEnded;
  private volatile boolean draining;
  private boolean finished;

  /**
   * A connection without requests yet.
   *
   * @param messageTimeout from the first byte of a request to the last of its head and body
   */
  HttpConnection(Channel channel, RequestHandler handler, Duration messageTimeout) {
    this.channel = channel;
    this.handler = handler;
    messageNanos = messageTimeout.toNanos();
    this.decoder = new RequestDecoder(this::mayDecode);
  }

  /** What stands before this in the pipeline. */
  RequestDecoder decoder() {
    return decoder;
  }

  ScheduledExecutorService loop() {
    return channel.eventLoop();
  }

  @Nullable String remoteAddress() {
    return channel.remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress().getHostAddress()
        : null;
  }

  /** The next answer is the last, unless more requests wait for theirs. From any thread. */
  void drain() {
    draining = true;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    reading = true;
    try {
      if (message instanceof HeadRefusal refusal) {
        RequestHead head = refusal.head();
        refuse(head == null ? null : new Exchange(this, shape(head)), refusal.status());
      } else if (message instanceof RequestHead head) {
        begin(head);
      } else if (message instanceof HttpContent content) {
        continueBody(content);
      }
    } finally {
      ReferenceCountUtil.release(message);
    }
  }

  private static Exchange.Shape shape(RequestHead head) {
    boolean keepsAlive = RequestRules.keepsAlive(head);
    return new Exchange.Shape(false, head.isMethod(HEAD), keepsAlive, head.speaks10());
  }

  private void begin(RequestHead head) {
    if (RequestRules.awaitsContinue(head)) {
      Exchange interim = new Exchange(this, Exchange.Shape.CONTINUE);
      underWay.add(interim);
      interim.answer(HttpAnswer.CONTINUE);
    }
    request = head;
    exchange = new Exchange(this, shape(head));
    bodyBytes = 0;
    keptBodyBytes = handler.keptBodyBytes(head);
    underWay.add(exchange);
  }

  private void continueBody(HttpContent content) {
    if (exchange == null) {
      return;
    }
    bodyBytes += content.content().readableBytes();
    if (content.decoderResult().isFailure()) {
      refuse(null, HttpResponseStatus.BAD_REQUEST);
    } else if (bodyBytes > bodyLimit()) {
      refuse(null, HttpResponseStatus.REQUEST_ENTITY_TOO_LARGE);
    } else {
      if (keptBodyBytes > RequestHandler.NONE) {
        exchange.keep(content.content());
      }
      if (content instanceof LastHttpContent) {
        end();
      }
    }
  }

  private int bodyLimit() {
    return keptBodyBytes > RequestHandler.NONE ? keptBodyBytes : RequestRules.MAX_BODY_BYTES;
  }

  private void end() {
    RequestHead whole = request;
    Exchange asked = exchange;
    request = null;
    exchange = null;
    messageCount++;
    if (whole != null && asked != null) {
      handle(whole, asked);
    }
  }

  private void handle(RequestHead whole, Exchange asked) {
    try {
      handler.handle(whole, asked);
    } catch (RuntimeException e) {
      // The class only: a message might quote the request.
      LOG.error("a request handler threw: {}", e.getClass().getName());
      if (asked.answer() == null) {
        handler.refused(Refusals.reason(HttpResponseStatus.SERVICE_UNAVAILABLE));
        asked.answer(Refusals.answer(HttpResponseStatus.SERVICE_UNAVAILABLE));
      }
    }
  }

  /** Answers with {@code status} and takes nothing more; the request under way, or what is none. */
  private void refuse(@Nullable Exchange refused, HttpResponseStatus status) {
    decoder.refuseTheRest();
    Exchange last = refused == null ? exchange : refused;
    if (last == null) {
      last = new Exchange(this, Exchange.Shape.NO_REQUEST);
    }
    if (last != exchange) {
      underWay.add(last);
    }
    request = null;
    exchange = null;
    handler.refused(Refusals.reason(status));
    last.answer(Refusals.answer(status));
  }

  /** Writes the answers whose turn it is. */
  void writeReadyAnswers() {
    Exchange oldest = underWay.peek();
    while (!finished && oldest != null && oldest.answer() != null) {
      underWay.poll();
      write(oldest, oldest.answer());
      oldest = underWay.peek();
    }
    if (!finished && !reading) {
      channel.flush();
    }
    if (paused && underWay.size() <= MAX_UNDER_WAY / 2) {
      resume();
    }
  }

  private void write(Exchange written, HttpAnswer answer) {
    Exchange.Shape shape = written.shape();
    boolean last = underWay.isEmpty() && !shape.interim() && (draining || inputEnded);
    boolean closes = answer.closes() || !shape.keepsAlive() || last;
    channel.write(ResponseBytes.encode(channel.alloc(), answer, shape, closes));
    if (closes) {
      finish();
    }
  }

  /** All has been said: what the client still sends is read and dropped, until it ends too. */
  private void finish() {
    finished = true;
    decoder.refuseTheRest();
    abandonAll();
    channel.config().setAutoRead(true);
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(_ -> endOutput());
  }

  private void endOutput() {
    if (inputEnded || !(channel instanceof DuplexChannel duplex)) {
      channel.close();
    } else {
      duplex.shutdownOutput();
      loop().schedule(() -> channel.close(), LINGER_SECONDS, TimeUnit.SECONDS);
    }
  }

  private boolean mayDecode() {
    if (underWay.size() < MAX_UNDER_WAY) {
      return true;
    }
    paused = true;
    channel.config().setAutoRead(false);
    return false;
  }

  private void resume() {
    paused = false;
    channel.config().setAutoRead(true);
    loop().execute(this::decodeHeldBack);
  }

  private void decodeHeldBack() {
    ChannelHandlerContext decoding = channel.pipeline().context(decoder);
    if (decoding != null && !finished) {
      try {
        decoder.resume(decoding);
      } catch (Exception e) {
        exceptionCaught(decoding, e);
      }
      readCompletes();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    readCompletes();
  }

  private void readCompletes() {
    reading = false;
    channel.flush();
    superviseMessage();
  }

  /** A message that began and did not end gets a time; one that came whole costs nothing here. */
  private void superviseMessage() {
    boolean midMessage = !finished && decoder.isMidMessage();
    if (messageDeadline != null && (!midMessage || watchedMessage != messageCount)) {
      messageDeadline.cancel(false);
      messageDeadline = null;
    }
    if (midMessage && messageDeadline == null) {
      watchedMessage = messageCount;
      messageDeadline = loop().schedule(this::timeOut, messageNanos, TimeUnit.NANOSECONDS);
    }
  }

  private void timeOut() {
    if (!finished) {
      refuse(null, HttpResponseStatus.REQUEST_TIMEOUT);
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (event instanceof ChannelInputShutdownEvent) {
      endInput();
    } else if (event instanceof IdleStateEvent && underWay.isEmpty()) {
      channel.close();
    }
  }

  /** The client has said all: what it asked is answered, what it did not finish asking is not. */
  private void endInput() {
    inputEnded = true;
    if (exchange != null) {
      underWay.remove(exchange);
      exchange = null;
      request = null;
    }
    if (finished || underWay.isEmpty()) {
      channel.close();
    }
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    finished = true;
    superviseMessage();
    abandonAll();
  }

  private void abandonAll() {
    for (Exchange waiting : underWay) {
      waiting.abandon();
    }
    underWay.clear();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    LOG.debug("a connection failed: {}", cause.getClass().getName());
    channel.close();
  }
}
