package dev.limen.config;

/**
 * One thing that is wrong.
 *
 * <p>Invariant: never carries the value of a secret.
 *
 * @param path of the key, with the indexes of this file
 * @param said what stops the start, should this be the first
 */
record ConfigProblem(String path, ConfigException said) {}
