/*
 * Sets the wall clock of one process, while it runs: preloaded, it adds to CLOCK_REALTIME the
 * seconds that stand in the file SET_CLOCK_FILE (64 bits, this machine's byte order), and leaves
 * every other clock as it is. libfaketime does the same and much more, and so slowly that a JVM
 * under it needs a minute to start.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

static volatile const int64_t *ahead;

__attribute__((constructor)) static void look_for_the_file(void) {
  const char *path = getenv("SET_CLOCK_FILE");
  int file = path == NULL ? -1 : open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    return;
  }
  void *mapped = mmap(NULL, sizeof(int64_t), PROT_READ, MAP_SHARED, file, 0);
  close(file);
  if (mapped != MAP_FAILED) {
    ahead = mapped;
  }
}

int clock_gettime(clockid_t clock, struct timespec *time) {
  int result = (int) syscall(SYS_clock_gettime, clock, time);
  if (result == 0 && clock == CLOCK_REALTIME && ahead != NULL) {
    time->tv_sec += *ahead;
  }
  return result;
}
