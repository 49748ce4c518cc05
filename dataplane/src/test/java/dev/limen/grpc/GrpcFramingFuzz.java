package dev.limen.grpc;

import com.code_intelligence.jazzer.junit.FuzzTest;
import dev.limen.check.CheckRequest;
import dev.limen.check.Decision;
import dev.limen.check.DecisionListener;
import dev.limen.check.DoorConfig;
import dev.limen.check.FakeFigures;
import dev.limen.check.Reason;
import dev.limen.config.ServerConfig.GrpcConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.NullMarked;

/**
 * Any bytes after preface and settings, as frames, header blocks and messages: which checks they
 * ask does not depend on how they arrive, each is asked whole, and no answer's message is empty,
 * since Envoy lets an empty one pass.
 */
@NullMarked
class GrpcFramingFuzz {
  private static final GrpcConfig LIMITS = DoorConfig.of(Duration.ofSeconds(1)).grpc();
  private static final long PATIENCE_NANOS = 1_000_000_000L;

  /** A connection, and what it took the bytes for. */
  private static final class Reading {
    private final List<String> asked = new ArrayList<>();
    private final EmbeddedChannel channel = new EmbeddedChannel();

    Reading() {
      GrpcService service =
          new GrpcService(this::decide, () -> true, new FakeFigures(), PATIENCE_NANOS);
      channel.pipeline().addLast(new GrpcConnectionBuilder(service, LIMITS, 1_000).build());
      channel.pipeline().fireChannelActive();
      channel.writeInbound(Unpooled.wrappedBuffer(FrameClient.PREFACE));
      channel.writeInbound(Unpooled.wrappedBuffer(Frame.settings().toBytes()));
    }

    private void decide(CheckRequest request, DecisionListener listener) {
      require(request.target().isWhole(), "a check without a target");
      asked.add(request.text(request.target().host()) + request.text(request.target().path()));
      listener.onDecision(new Decision.Deny(401, Reason.NO_SESSION));
    }

    Reading feed(byte[] bytes, int step) {
      for (int at = 0; at < bytes.length && channel.isOpen(); at += step) {
        int length = Math.min(step, bytes.length - at);
        channel.writeInbound(Unpooled.copiedBuffer(bytes, at, length));
        channel.runPendingTasks();
      }
      for (ByteBuf out = channel.readOutbound(); out != null; out = channel.readOutbound()) {
        requireNoEmptyMessage(out);
        out.release();
      }
      channel.finishAndReleaseAll();
      return this;
    }

    /** An empty message behind its prefix is a DATA frame of five bytes. */
    private static void requireNoEmptyMessage(ByteBuf written) {
      ByteBuf frames = written.duplicate();
      while (frames.readableBytes() >= Frame.HEADER_BYTES) {
        int length = frames.readUnsignedMedium();
        int type = frames.readUnsignedByte();
        frames.skipBytes(Byte.BYTES + Integer.BYTES);
        require(type != Frame.DATA || length > 5, "an answer without a message");
        frames.skipBytes(Math.min(length, frames.readableBytes()));
      }
    }
  }

  @FuzzTest
  void whichChecksAreAskedDoesNotDependOnHowTheyArrive(byte[] bytes) {
    List<String> whole = new Reading().feed(bytes, Math.max(1, bytes.length)).asked;
    List<String> split = new Reading().feed(bytes, 7).asked;
    require(whole.equals(split), "whole: " + whole + ", split: " + split);
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new AssertionError(what);
    }
  }
}
