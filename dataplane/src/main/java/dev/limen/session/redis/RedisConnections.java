package dev.limen.session.redis;

import dev.limen.config.StoreConfig;
import io.lettuce.core.ClientOptions;
import io.lettuce.core.MaintNotificationsConfig;
import io.lettuce.core.RedisClient;
import io.lettuce.core.RedisURI;
import io.lettuce.core.SocketOptions;
import io.lettuce.core.SslOptions;
import io.lettuce.core.TimeoutOptions;
import io.lettuce.core.api.StatefulRedisConnection;
import io.lettuce.core.codec.ByteArrayCodec;
import io.lettuce.core.codec.RedisCodec;
import io.lettuce.core.codec.StringCodec;
import io.lettuce.core.event.DefaultEventPublisherOptions;
import io.lettuce.core.metrics.CommandLatencyRecorder;
import io.lettuce.core.resource.ClientResources;
import io.lettuce.core.resource.Delay;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Makes connections to Redis, with every limit that Lettuce leaves open by default.
 *
 * <p>Invariant: no command waits longer than its deadline (Lettuce's own default is 60 s), none
 * queues for a Redis that is away, and none is sent a second time on a new connection: half a
 * transaction, sent again without its watch, would be an unguarded write. The event loops belong to
 * these connections alone. Safe for all threads.
 */
final class RedisConnections {
  /** Names are ASCII, values are bytes. */
  static final RedisCodec<String, byte[]> CODEC =
      RedisCodec.of(StringCodec.ASCII, ByteArrayCodec.INSTANCE);

  /** Commands that may wait for their answers on one connection; one more is refused at once. */
  static final int MAX_IN_FLIGHT = 4096;

  private static final int DEFAULT_PORT = 6379;
  private static final int EVENT_LOOPS = 2;

  /** A peer that vanished without a word is given up after this, where the kernel can do that. */
  private static final Duration VANISHED_AFTER = Duration.ofSeconds(2);

  private static final long QUIET_SECONDS = 0;
  private static final long SHUTDOWN_SECONDS = 2;

  private final ClientResources resources;
  private final RedisClient shared;
  private final RedisClient forTransactions;
  private final RedisURI address;

  RedisConnections(StoreConfig.RedisConfig config) {
    SslOptions certificates = RedisCertificates.trusted(config);
    this.address = address(config);
    this.resources =
        ClientResources.builder()
            .ioThreadPoolSize(EVENT_LOOPS)
            .computationThreadPoolSize(EVENT_LOOPS)
            .reconnectDelay(
                Delay.equalJitter(
                    RedisLink.MIN_PAUSE.toMillis(),
                    RedisLink.MAX_PAUSE.toMillis(),
                    RedisLink.MIN_PAUSE.toMillis(),
                    TimeUnit.MILLISECONDS))
            .commandLatencyRecorder(CommandLatencyRecorder.disabled())
            .commandLatencyPublisherOptions(DefaultEventPublisherOptions.disabled())
            .build();
    this.shared = RedisClient.create(resources, address);
    this.shared.setOptions(options(config, certificates).autoReconnect(true).build());
    this.forTransactions = RedisClient.create(resources, address);
    this.forTransactions.setOptions(options(config, certificates).autoReconnect(false).build());
  }

  /** A connection that reconnects by itself once it has been connected. */
  CompletionStage<StatefulRedisConnection<String, byte[]>> shared() {
    return shared.connectAsync(CODEC, address);
  }

  /** A connection that is over when it is lost. */
  CompletionStage<StatefulRedisConnection<String, byte[]>> forTransactions() {
    return forTransactions.connectAsync(CODEC, address);
  }

  /** Where pauses between attempts are spent. */
  ScheduledExecutorService executor() {
    return resources.eventExecutorGroup();
  }

  /** Ends every connection and the event loops; waits for that, but not for Redis. */
  void close() {
    shared.shutdown(QUIET_SECONDS, SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    forTransactions.shutdown(QUIET_SECONDS, SHUTDOWN_SECONDS, TimeUnit.SECONDS);
    resources
        .shutdown(QUIET_SECONDS, SHUTDOWN_SECONDS, TimeUnit.SECONDS)
        .awaitUninterruptibly(SHUTDOWN_SECONDS, TimeUnit.SECONDS);
  }

  private static ClientOptions.Builder options(
      StoreConfig.RedisConfig config, SslOptions certificates) {
    return ClientOptions.builder()
        .timeoutOptions(
            TimeoutOptions.builder()
                .timeoutCommands()
                .timeoutSource(new CommandDeadlines(config.timeouts().command()))
                .build())
        .socketOptions(
            SocketOptions.builder()
                .connectTimeout(config.timeouts().connect())
                .tcpNoDelay(true)
                .keepAlive(true)
                .tcpUserTimeout(
                    SocketOptions.TcpUserTimeoutOptions.builder()
                        .enable()
                        .tcpUserTimeout(VANISHED_AFTER)
                        .build())
                .build())
        .disconnectedBehavior(ClientOptions.DisconnectedBehavior.REJECT_COMMANDS)
        .requestQueueSize(MAX_IN_FLIGHT)
        .replayFilter(_ -> true)
        .maintNotificationsConfig(MaintNotificationsConfig.disabled())
        .sslOptions(certificates);
  }

  private static RedisURI address(StoreConfig.RedisConfig config) {
    URI url = config.connectionURL();
    RedisURI.Builder address =
        RedisURI.builder()
            .withHost(url.getHost().replaceAll("^\\[|\\]$", ""))
            .withPort(url.getPort() == -1 ? DEFAULT_PORT : url.getPort())
            .withDatabase(config.database())
            .withClientName("limen")
            // What a connection may take to greet and authenticate, not only to be accepted.
            .withTimeout(config.timeouts().connect());
    if ("rediss".equals(url.getScheme())) {
      address.withSsl(true).withVerifyPeer(true);
    }
    if (!config.username().isEmpty()) {
      address.withAuthentication(config.username(), config.password().reveal().toCharArray());
    } else if (!config.password().isEmpty()) {
      address.withPassword(config.password().reveal().toCharArray());
    }
    return address.build();
  }
}
