package dev.limen.check;

import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;

/**
 * A listening socket whose connections take their buffers from an allocator that counts: what is
 * not given back when all connections are closed was leaked.
 */
public final class CountedServerChannel extends NioServerSocketChannel {
  private static final UnpooledByteBufAllocator COUNTED = new UnpooledByteBufAllocator(false);
  private static final AtomicLong ACCEPTED = new AtomicLong();

  @Override
  protected int doReadMessages(List<Object> messages) throws Exception {
    int count = super.doReadMessages(messages);
    ACCEPTED.addAndGet(count);
    for (Object message : messages) {
      ((Channel) message).config().setAllocator(COUNTED);
    }
    return count;
  }

  /** Connections that were accepted so far, at all doors. */
  public static long acceptedCount() {
    return ACCEPTED.get();
  }

  /** Bytes that nobody gave back. */
  public static long heldBytes() {
    return COUNTED.metric().usedHeapMemory() + COUNTED.metric().usedDirectMemory();
  }
}
