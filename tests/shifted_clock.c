/* Shifts the time of day by CLOCK_SHIFT seconds in every process it is preloaded into (`make future`).

   Only the clock that tells the date is shifted. The monotonic clock stays as it is, and with it every sleep
   and every timeout: a preload that shifts those too (faketime) makes `time.sleep` fail. The private
   PostgreSQL is started with an environment of its own; the two variables are handed on to it nevertheless,
   so that its now() agrees with the clock of the services. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <semaphore.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

static const char *const HANDED_ON[] = {"LD_PRELOAD=", "CLOCK_SHIFT="};
enum { HANDS_ON = sizeof HANDED_ON / sizeof *HANDED_ON };

static char **find(char *const environment[], const char *name) {
    for (char **each = (char **)environment; each && *each; each++)
        if (strncmp(*each, name, strlen(name)) == 0) return each;
    return NULL;
}

static long shift(void) {
    static long seconds;
    static int known;
    if (!known) {
        char **found = find(environ, "CLOCK_SHIFT=");
        seconds = found ? atol(*found + strlen("CLOCK_SHIFT=")) : 0;
        known = 1;
    }
    return seconds;
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE)) now->tv_sec += shift();
    return failed;
}

int gettimeofday(struct timeval *restrict now, void *restrict zone) {
    struct timespec exact;
    (void)zone;
    if (clock_gettime(CLOCK_REALTIME, &exact)) return -1;
    now->tv_sec = exact.tv_sec;
    now->tv_usec = exact.tv_nsec / 1000;
    return 0;
}

time_t time(time_t *now) {
    struct timespec exact;
    if (clock_gettime(CLOCK_REALTIME, &exact)) return -1;
    if (now) *now = exact.tv_sec;
    return exact.tv_sec;
}

int timespec_get(struct timespec *now, int base) {
    return base == TIME_UTC && clock_gettime(CLOCK_REALTIME, now) == 0 ? base : 0;
}

/* Waits until a time of day, which the kernel knows by its own clock. A Python that was built where there
   is no sem_clockwait waits for its locks this way. */
int sem_timedwait(sem_t *restrict semaphore, const struct timespec *restrict until) {
    static int (*wait)(sem_t *, const struct timespec *);
    if (!wait) wait = (int (*)(sem_t *, const struct timespec *))dlsym(RTLD_NEXT, "sem_timedwait");
    struct timespec there = {until->tv_sec - shift(), until->tv_nsec};
    return wait(semaphore, &there);
}

int execve(const char *path, char *const arguments[], char *const environment[]) {
    size_t length = 0, added = 0;
    while (environment && environment[length]) length++;
    char *whole[length + HANDS_ON + 1];
    for (; added < length; added++) whole[added] = environment[added];
    for (int n = 0; n < HANDS_ON; n++) {
        char **ours = find(environ, HANDED_ON[n]);
        if (ours && !find(environment, HANDED_ON[n])) whole[added++] = *ours;
    }
    whole[added] = NULL;
    return syscall(SYS_execve, path, arguments, whole);
}
