package dev.limen.grpc;

import dev.limen.check.CheckFigures;
import dev.limen.check.CheckHandler;
import java.util.function.BooleanSupplier;

/**
 * What all connections of this door share.
 *
 * @param checks decides
 * @param serving what the health service says
 * @param figures counts
 * @param deadlineNanos for one check, whatever the client says beyond it
 */
record GrpcService(
    CheckHandler checks, BooleanSupplier serving, CheckFigures figures, long deadlineNanos) {}
