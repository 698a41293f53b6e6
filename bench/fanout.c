/*
 * fanout: the least that telling many clients can cost, a loop around write(2).
 *
 * Prints the port it listens on, accepts N connections, then writes one frame of B bytes to each of them, R times a
 * second for S seconds, and prints the CPU time that the loop took as JSON.
 *
 *   fanout --clients N --bytes B --rate R --seconds S
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

static int64_t now_ns(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (int64_t)at.tv_sec * 1000000000 + at.tv_nsec;
}

static void fail(const char *what)
{
    perror(what);
    exit(1);
}

static int listen_on_loopback(int backlog)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof at;
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&at, sizeof at) < 0 || listen(listener, backlog) < 0)
        fail("fanout: listen");
    getsockname(listener, (struct sockaddr *)&at, &size);
    printf("%d\n", ntohs(at.sin_port));
    fflush(stdout);
    return listener;
}

static void write_round(const int *sockets, int clients, const char *frame, size_t bytes)
{
    for (int i = 0; i < clients; i++) {
        size_t done = 0;
        while (done < bytes) {
            ssize_t taken = write(sockets[i], frame + done, bytes - done);
            if (taken <= 0)
                fail("fanout: write");
            done += taken;
        }
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"clients", 1, 0, 'n'}, {"bytes", 1, 0, 'b'}, {"rate", 1, 0, 'r'}, {"seconds", 1, 0, 's'}, {0, 0, 0, 0}};
    int clients = 1, bytes = 1024, option;
    double rate = 1, seconds = 1;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'n': clients = atoi(optarg); break;
        case 'b': bytes = atoi(optarg); break;
        case 'r': rate = atof(optarg); break;
        case 's': seconds = atof(optarg); break;
        default: return 2;
        }
    }
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    char *frame = malloc(bytes);
    memset(frame, 'x', bytes);
    int listener = listen_on_loopback(clients), one = 1;
    int *sockets = malloc(clients * sizeof *sockets);
    for (int i = 0; i < clients; i++) {
        sockets[i] = accept(listener, NULL, NULL);
        if (sockets[i] < 0)
            fail("fanout: accept");
        setsockopt(sockets[i], IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    }
    int64_t cpu = now_ns(CLOCK_PROCESS_CPUTIME_ID), start = now_ns(CLOCK_MONOTONIC);
    int64_t rounds = rate * seconds;
    for (int64_t round = 0; round < rounds; round++) {
        write_round(sockets, clients, frame, bytes);
        int64_t due = start + (int64_t)((round + 1) * 1e9 / rate);
        struct timespec until = {.tv_sec = due / 1000000000, .tv_nsec = due % 1000000000};
        clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
    }
    double took = (now_ns(CLOCK_MONOTONIC) - start) / 1e9;
    printf("{\"rounds\":%lld,\"cpu_s\":%.6f,\"seconds\":%.6f}\n", (long long)rounds,
           (now_ns(CLOCK_PROCESS_CPUTIME_ID) - cpu) / 1e9, took);
    return 0;
}
