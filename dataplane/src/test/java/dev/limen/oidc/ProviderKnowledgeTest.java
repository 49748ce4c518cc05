package dev.limen.oidc;

import static org.assertj.core.api.Assertions.assertThat;

import com.nimbusds.jose.jwk.Curve;
import dev.limen.metrics.Metrics;
import dev.limen.oidc.ProviderKnowledge.KeysReading;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is known of a provider, when, and for how long. */
class ProviderKnowledgeTest {
  private static final SigningKey FIRST = SigningKey.ec("k1", Curve.P_256);
  private static final SigningKey SECOND = SigningKey.ec("k2", Curve.P_256);

  private final AtomicLong now = new AtomicLong(1_800_000_000_000L);
  private final WireProvider provider = new WireProvider();
  private final ExecutorService executor = Executors.newVirtualThreadPerTaskExecutor();
  private final Metrics metrics = new Metrics();
  private final IssuerSource source =
      IssuerSource.of(Providers.with(draft -> draft.issuer = provider.issuer()));
  private final BackChannel channel = new BackChannel(source, executor);
  private final ProviderKnowledge knowledge =
      new ProviderKnowledge(
          source,
          channel,
          ProviderKnowledge.requests(metrics),
          () -> Instant.ofEpochMilli(now.get()));

  @AfterEach
  void stop() {
    knowledge.close();
    channel.close();
    provider.close();
    executor.shutdownNow();
  }

  private void publish(SigningKey... keys) {
    provider.json(WireProvider.CERTS, SigningKey.published(List.of(keys)));
  }

  private void learn() {
    executor.execute(knowledge::learn);
  }

  private void learnAll() {
    publish(FIRST);
    learn();
    Waiting.until("the provider is known", () -> knowledge.metadata() != null);
  }

  private boolean knows(String keyId) {
    KeySet keys = knowledge.keys();
    return keys != null && !keys.named(keyId, SigningAlgorithm.ES256).isEmpty();
  }

  private KeySet keys() {
    return Objects.requireNonNull(knowledge.keys());
  }

  private String scraped() {
    return new String(metrics.scrape(), StandardCharsets.UTF_8);
  }

  @Nested
  @DisplayName("A66: at the start")
  class AtTheStart {
    @Test
    void nothingIsKnown() {
      assertThat(knowledge.metadata()).isNull();
      assertThat(knowledge.keys()).isNull();
    }

    @Test
    void metadataAndKeysAreLearnt() {
      learnAll();
      assertThat(knows("k1")).isTrue();
      assertThat(scraped())
          .contains(
              "limen_provider_requests_total{endpoint=\"discovery\",outcome=\"ok\","
                  + "provider=\"main\"}"
                  + " 1.0")
          .contains(
              "limen_provider_requests_total{endpoint=\"jwks\",outcome=\"ok\",provider=\"main\"}"
                  + " 1.0");
    }

    @Test
    void aProviderThatIsAwayIsAskedAgainAndSaidToBeAwayOnce() {
      provider.discovery(WireProvider.status(503, "text/plain", "starting"));
      try (LogCapture log = new LogCapture()) {
        learn();
        Waiting.until("it was asked twice", () -> provider.discoveryRequests().size() >= 2);
        assertThat(knowledge.metadata()).isNull();
        provider.json(
            "/realms/limen/.well-known/openid-configuration",
            provider.discovery(provider.issuer()));
        publish(FIRST);
        Waiting.until("the provider is known", () -> knowledge.metadata() != null);
        Waiting.until("that is said", () -> log.count("provider main is known") == 1);
        assertThat(log.lines())
            .containsExactly(
                "WARN provider main is away, trying again: discovery unexpected_status status=503",
                "INFO provider main is known: issuer=" + provider.issuer());
      }
    }

    @Test
    void aProviderWithoutKeysIsNotKnown() {
      provider.answer(WireProvider.CERTS, WireProvider.status(500, "text/plain", "no"));
      learn();
      Waiting.until("keys were asked for twice", () -> certsRequests() >= 2);
      assertThat(knowledge.metadata()).isNull();
      assertThat(knowledge.keys()).isNull();
      publish(FIRST);
      Waiting.until("the provider is known", () -> knowledge.metadata() != null);
    }

    @ParameterizedTest
    @ValueSource(strings = {"{\"keys\":[]}", "{}", "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"}]}"})
    void aSetWithoutUsableKeysIsNoSet(String keys) {
      provider.json(WireProvider.CERTS, keys);
      learn();
      Waiting.until("keys were asked for twice", () -> certsRequests() >= 2);
      assertThat(knowledge.metadata()).isNull();
    }

    @Test
    void aDocumentOfAnotherIssuerIsRefusedAndSaidOnce() {
      provider.json(
          "/realms/limen/.well-known/openid-configuration",
          provider.discovery("https://evil.example"));
      publish(FIRST);
      try (LogCapture log = new LogCapture()) {
        learn();
        Waiting.until("it was asked thrice", () -> provider.discoveryRequests().size() >= 3);
        assertThat(knowledge.metadata()).isNull();
        assertThat(certsRequests()).isZero();
        assertThat(log.lines())
            .containsExactly(
                "ERROR provider main cannot be used, trying again: issuer=https://evil.example,"
                    + " expected exactly "
                    + provider.issuer());
      }
    }

    @Test
    @DisplayName("A68: keys elsewhere are not asked for")
    void keysElsewhereAreNotAskedFor() {
      try (WireProvider other = new WireProvider()) {
        provider.json(
            "/realms/limen/.well-known/openid-configuration",
            provider
                .discovery(provider.issuer())
                .replace(provider.origin() + WireProvider.CERTS, other.uri("/certs").toString()));
        learn();
        Waiting.until("it was asked twice", () -> provider.discoveryRequests().size() >= 2);
        assertThat(other.requests("/certs")).isEmpty();
      }
    }
  }

  private int certsRequests() {
    return provider.requests(WireProvider.CERTS).size();
  }

  @Nested
  @DisplayName("A88: for an unknown key")
  class ForAnUnknownKey {
    @Test
    void keysAreReadAgain() {
      learnAll();
      publish(FIRST, SECOND);
      assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.NEWER);
      assertThat(knows("k1")).isTrue();
      assertThat(knows("k2")).isTrue();
    }

    @Test
    void theyAreReadOnceInTenSeconds() {
      learnAll();
      assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.NEWER);
      assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.TOO_SOON);
      now.addAndGet(ProviderKnowledge.UNKNOWN_KEY_PAUSE_MILLIS - 1);
      assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.TOO_SOON);
      assertThat(certsRequests()).isEqualTo(2);
      now.incrementAndGet();
      assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.NEWER);
      assertThat(certsRequests()).isEqualTo(3);
    }

    @Test
    void aClockThatIsSetBackForbidsNothing() {
      learnAll();
      assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.NEWER);
      now.addAndGet(-3_600_000);
      assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.NEWER);
    }

    @Test
    void tenThousandAskersCauseOneReading() throws InterruptedException {
      learnAll();
      KeySet stale = keys();
      publish(FIRST, SECOND);
      int askers = 10_000;
      AtomicInteger newer = new AtomicInteger();
      CountDownLatch done = new CountDownLatch(askers);
      for (int i = 0; i < askers; i++) {
        executor.execute(() -> {
          if (knowledge.readKeysAfter(stale) == KeysReading.NEWER) {
            newer.incrementAndGet();
          }
          done.countDown();
        });
      }
      assertThat(done.await(30, TimeUnit.SECONDS)).isTrue();
      assertThat(newer.get()).isEqualTo(askers);
      assertThat(certsRequests()).isEqualTo(2);
      assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.TOO_SOON);
      assertThat(certsRequests()).isEqualTo(2);
    }

    @Test
    void theOldKeysStayUntilTheNewAreGood() {
      learnAll();
      for (String bad : List.of("{\"keys\":[]}", "garbage")) {
        provider.json(WireProvider.CERTS, bad);
        assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.FAILED);
        assertThat(knows("k1")).isTrue();
        now.addAndGet(ProviderKnowledge.UNKNOWN_KEY_PAUSE_MILLIS);
      }
    }

    @Test
    @DisplayName("A set is read up to 512 KiB, and not one byte further")
    void aSetIsReadUpToItsLimit() {
      learnAll();
      String set = SigningKey.published(List.of(SECOND));
      int room = ProviderKnowledge.MAX_KEYS_BYTES - set.length();
      provider.json(WireProvider.CERTS, set + " ".repeat(room + 1));
      assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.FAILED);
      now.addAndGet(ProviderKnowledge.UNKNOWN_KEY_PAUSE_MILLIS);
      provider.json(WireProvider.CERTS, set + " ".repeat(room));
      assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.NEWER);
    }
  }

  @Test
  void keysThatWereAskedForFirstNeverReplaceThoseThatWereAskedForLater() throws Exception {
    learnAll();
    CountDownLatch answerNow = new CountDownLatch(1);
    AtomicInteger asked = new AtomicInteger();
    provider.answer(
        WireProvider.CERTS,
        exchange -> {
          boolean isFirst = asked.incrementAndGet() == 1;
          if (isFirst) {
            Waiting.until("the later answer has come", () -> answerNow.getCount() == 0);
          }
          List<SigningKey> published = isFirst ? List.of(FIRST) : List.of(FIRST, SECOND);
          WireProvider.status(200, "application/json", SigningKey.published(published))
              .handle(exchange);
        });
    learn();
    Waiting.until("the earlier reading is under way", () -> asked.get() == 1);
    assertThat(knowledge.readKeysAfter(keys())).isEqualTo(KeysReading.NEWER);
    assertThat(knows("k2")).isTrue();
    answerNow.countDown();
    Waiting.until(
        "the earlier answer has come",
        () -> scraped().contains("endpoint=\"jwks\",outcome=\"ok\",provider=\"main\"} 3.0"));
    assertThat(knows("k2")).isTrue();
  }

  @Test
  @DisplayName("Facts, section 4.5: keys are used for 24 hours after they were read, not longer")
  void keysHaveAHardAge() {
    learnAll();
    now.addAndGet(ProviderKnowledge.MAX_KEYS_AGE_MILLIS);
    assertThat(knowledge.keys()).isNotNull();
    now.incrementAndGet();
    assertThat(knowledge.keys()).isNull();
    assertThat(knowledge.metadata()).isNotNull();
  }

  @Test
  @DisplayName("A document is read up to 256 KiB, and not one byte further")
  void aDocumentIsReadUpToItsLimit() {
    String document = provider.discovery(provider.issuer());
    String full = document + " ".repeat(ProviderKnowledge.MAX_DOCUMENT_BYTES - document.length());
    String path = "/realms/limen/.well-known/openid-configuration";
    provider.json(path, full + " ");
    publish(FIRST);
    learn();
    Waiting.until("it was asked twice", () -> provider.discoveryRequests().size() >= 2);
    assertThat(scraped()).contains("outcome=\"too_large\"");
    assertThat(knowledge.metadata()).isNull();
    provider.json(path, full);
    Waiting.until("the provider is known", () -> knowledge.metadata() != null);
  }

  @Test
  void pausesDoubleUpToTenSecondsGiveOrTakeAQuarter() {
    for (int round = 0; round < 100; round++) {
      assertThat(ProviderKnowledge.pauseMillis(1)).isBetween(187L, 313L);
      assertThat(ProviderKnowledge.pauseMillis(2)).isBetween(375L, 625L);
      assertThat(ProviderKnowledge.pauseMillis(5)).isBetween(3_000L, 5_000L);
      assertThat(ProviderKnowledge.pauseMillis(8)).isEqualTo(10_000L);
      assertThat(ProviderKnowledge.pauseMillis(1_000_000)).isEqualTo(10_000L);
    }
  }
}
