package dev.limen.grpc;

import dev.limen.check.CheckFigures;
import dev.limen.check.CheckHandler;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;

/**
 * What all connections of this door share.
 *
 * @param checks decides
 * @param serving what the health service says
 * @param figures counts
 * @param deadlineNanos for one check, whatever the client says beyond it
 * @param leaving whether the door drains: a connection that begins then is told at once
 */
record GrpcService(
    CheckHandler checks,
    BooleanSupplier serving,
    CheckFigures figures,
    long deadlineNanos,
    AtomicBoolean leaving) {
  /** Of a door that stays for now. */
  GrpcService(
      CheckHandler checks, BooleanSupplier serving, CheckFigures figures, long deadlineNanos) {
    this(checks, serving, figures, deadlineNanos, new AtomicBoolean());
  }
}
