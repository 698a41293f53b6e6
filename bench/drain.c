/*
 * drain: very many WebSocket clients that cost next to nothing.
 *
 * Connects N clients to one address, makes the handshake of RFC 6455, sends each client's text messages (masked) and
 * then reads what comes. It counts bytes, frames and the readings that the hub's `data` frames stand for, can leave the
 * first K clients unread, and can measure from the time that a row carries to the time it was read.
 *
 *   drain --port P [--host A] [--path /p] [--subprotocol S] [--clients N] [--script FILE] [--raw] [--per-frame]
 *         [--stalled K] [--spread MS] [--rest US] [--latency]
 *
 * FILE: one line a client (client i takes line i modulo their number), its messages separated by tabs.
 * --rest: after each look at the sockets sleep so long. A reader that waits for every frame is woken by every write, and
 * on one machine the writer pays for that; readers on other machines cost it nothing.
 * --raw: no handshake, no frames: bytes of a TCP stream are counted. --per-frame: every text frame counts as one.
 * Each line on standard input is answered by a line of JSON on standard output: `report` the counters, `reset` clears
 * the latencies, `quit` or the end of the input ends the program.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <getopt.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

enum { CONNECTING, HANDSHAKING, OPEN, CLOSED };
enum { READ_BYTES = 1 << 18, FRAME_BYTES = 1 << 23, AT_ONCE = 128, BUCKETS = 200000 };
enum { BUCKET_US = 10, PORTS_AN_ADDRESS = 20000, EVENTS = 512 };

struct client {
    int fd, state, stalled;
    uint32_t left;           /* bytes of a frame that is not complete yet */
    char *rest;              /* those bytes */
    uint64_t bytes, frames, n;
    int64_t began_us, first_us;
};

static struct client *clients;
static int total = 1, stalled, raw, per_frame, measure, poller, started, settled, spread_ms, rest_us;
static int opened, closed, refused, valued, last_code;
static uint64_t bytes, frames, readings;
static uint32_t *histogram, samples, over;
static int64_t worst_us, start_us;
static char **scripts, buffer[FRAME_BYTES + READ_BYTES], request[1024];
static int script_count;
static struct sockaddr_in target;

static int64_t now_us(clockid_t clock)
{
    struct timespec at;
    clock_gettime(clock, &at);
    return (int64_t)at.tv_sec * 1000000 + at.tv_nsec / 1000;
}

static void fail(const char *what)
{
    fprintf(stderr, "drain: %s: %s\n", what, strerror(errno));
    exit(1);
}

static void end_client(struct client *c)
{
    if (c->state == CLOSED)
        return;
    if (c->state != OPEN) {
        refused++;
        settled++;
    } else {
        closed++;
        opened--;
    }
    close(c->fd);
    free(c->rest);
    c->rest = NULL;
    c->left = 0;
    c->state = CLOSED;
}

/* Messages of a client are short and few, so the socket's buffer takes them whole. */
static void send_frame(struct client *c, int opcode, const char *text, size_t size)
{
    unsigned char head[8];
    size_t length = 0;
    head[length++] = 0x80 | opcode;
    if (size < 126) {
        head[length++] = 0x80 | size;
    } else if (size < 65536) {
        head[length++] = 0x80 | 126;
        head[length++] = size >> 8;
        head[length++] = size & 255;
    } else {
        fprintf(stderr, "drain: a message of %zu bytes is too long\n", size);
        exit(1);
    }
    char *whole = malloc(length + 4 + size);
    memcpy(whole, head, length);
    memset(whole + length, 0, 4); /* a mask of zeros leaves the text as it is */
    memcpy(whole + length + 4, text, size);
    if (write(c->fd, whole, length + 4 + size) != (ssize_t)(length + 4 + size))
        end_client(c);
    free(whole);
}

static void watch(struct client *c, uint32_t events)
{
    struct epoll_event event = {.events = events, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event) < 0)
        fail("epoll_ctl");
}

static void become_open(struct client *c)
{
    c->state = OPEN;
    opened++;
    settled++;
    if (script_count) {
        const char *at = scripts[(c - clients) % script_count];
        while (*at && c->state == OPEN) {
            size_t size = strcspn(at, "\t");
            send_frame(c, 1, at, size);
            at += size + (at[size] == '\t');
        }
    }
    if (c->state == OPEN)
        watch(c, c->stalled ? EPOLLRDHUP : EPOLLIN | EPOLLRDHUP);
}

static void note_latency(int64_t us)
{
    if (us < 0)
        us = 0;
    if (us > worst_us)
        worst_us = us;
    samples++;
    if (us / BUCKET_US < BUCKETS)
        histogram[us / BUCKET_US]++;
    else
        over++;
}

/* The value of a decimal number without exponent, in thousandths. */
static int64_t thousandths(const char **at)
{
    int64_t value = 0, scale = 1000;
    int negative = **at == '-';
    for (*at += negative; **at >= '0' && **at <= '9'; ++*at)
        value = value * 10 + (**at - '0');
    value *= 1000;
    if (**at == '.')
        for (++*at; **at >= '0' && **at <= '9'; ++*at)
            value += (**at - '0') * (scale /= 10);
    return negative ? -value : value;
}

/* Rows are `[key,ms after base,value]`: the time of each is when its message was sent. */
static void measure_rows(const char *text, const char *end, int64_t read_us)
{
    const char *at = memmem(text, end - text, "\"base\":", 7);
    if (!at)
        return;
    at += 7;
    int64_t base_us = thousandths(&at);
    const char *row = memmem(text, end - text, "\"rows\":[[", 9);
    for (at = row ? row + 8 : NULL; at && at < end; at = memchr(at, '[', end - at)) {
        at = memchr(at, ',', end - at);
        if (!at)
            return;
        at++;
        note_latency(read_us - base_us - thousandths(&at));
    }
}

static void take_text(struct client *c, const char *text, size_t size, int64_t read_us)
{
    frames++;
    c->frames++;
    if (per_frame) {
        readings++;
        c->n++;
        if (!c->first_us) {
            c->first_us = now_us(CLOCK_MONOTONIC);
            valued++;
        }
        return;
    }
    int data = size > 14 && !memcmp(text, "{\"type\":\"data\"", 14);
    if (data) {
        const char *tail = text + (size > 32 ? size - 32 : 0);
        const char *n = memmem(tail, text + size - tail, "\"n\":", 4);
        uint64_t count = n ? strtoull(n + 4, NULL, 10) : 0;
        c->n += count;
        readings += count;
        if (measure)
            measure_rows(text, text + size, read_us);
    }
    if (!c->first_us && (data || (size > 18 && !memcmp(text, "{\"type\":\"snapshot\"", 18))) &&
        memmem(text, size, "\"rows\":[[", 9)) {
        c->first_us = now_us(CLOCK_MONOTONIC);
        valued++;
    }
}

/* Handle one whole frame and return its size, or 0 if it is not complete. */
static size_t take_frame(struct client *c, char *at, size_t size, int64_t read_us)
{
    unsigned char *head = (unsigned char *)at;
    if (size < 2)
        return 0;
    uint64_t length = head[1] & 127, start = 2;
    if (length == 126) {
        if (size < 4)
            return 0;
        length = head[2] << 8 | head[3];
        start = 4;
    } else if (length == 127) {
        if (size < 10)
            return 0;
        length = 0;
        for (int i = 2; i < 10; i++)
            length = length << 8 | head[i];
        start = 10;
    }
    if (length > FRAME_BYTES - 16) {
        fprintf(stderr, "drain: a frame of %llu bytes\n", (unsigned long long)length);
        exit(1);
    }
    if (size < start + length)
        return 0;
    switch (head[0] & 15) {
    case 1:
        take_text(c, at + start, length, read_us);
        break;
    case 9:
        send_frame(c, 10, at + start, length);
        break;
    case 8:
        last_code = length >= 2 ? head[start] << 8 | head[start + 1] : 1005;
        send_frame(c, 8, at + start, length >= 2 ? 2 : 0);
        end_client(c);
        break;
    }
    return start + length;
}

static void take_bytes(struct client *c, size_t size, int64_t read_us)
{
    char *at = buffer, *end = buffer + size;
    if (c->state == HANDSHAKING) {
        char *body = memmem(at, size, "\r\n\r\n", 4);
        if (!body)
            goto keep;
        if (strncmp(at, "HTTP/1.1 101", 12)) {
            fprintf(stderr, "drain: refused: %.*s\n", (int)strcspn(at, "\r"), at);
            end_client(c);
            return;
        }
        at = body + 4;
        become_open(c);
    }
    while (c->state == OPEN) {
        size_t done = take_frame(c, at, end - at, read_us);
        if (!done)
            break;
        at += done;
    }
    if (c->state == CLOSED)
        return;
keep:
    c->left = end - at;
    if (!c->left) {
        free(c->rest);
        c->rest = NULL;
        return;
    }
    c->rest = realloc(c->rest, c->left);
    memcpy(c->rest, at, c->left);
}

static void on_readable(struct client *c)
{
    if (c->left)
        memcpy(buffer, c->rest, c->left);
    ssize_t got = read(c->fd, buffer + c->left, READ_BYTES);
    if (got < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (got <= 0) {
        end_client(c);
        return;
    }
    bytes += got;
    c->bytes += got;
    if (!raw)
        take_bytes(c, c->left + got, measure ? now_us(CLOCK_REALTIME) : 0);
}

static void on_connected(struct client *c)
{
    int error = 0;
    socklen_t size = sizeof error;
    getsockopt(c->fd, SOL_SOCKET, SO_ERROR, &error, &size);
    if (error) {
        errno = error;
        fprintf(stderr, "drain: connect: %s\n", strerror(error));
        end_client(c);
    } else if (raw) {
        become_open(c);
    } else {
        c->state = HANDSHAKING;
        watch(c, EPOLLIN | EPOLLRDHUP);
        if (write(c->fd, request, strlen(request)) != (ssize_t)strlen(request))
            end_client(c);
    }
}

static void start_client(void)
{
    struct client *c = &clients[started];
    c->stalled = started < stalled;
    c->fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (c->fd < 0)
        fail("socket");
    if (ntohl(target.sin_addr.s_addr) >> 24 == 127) { /* more clients than an address has ports */
        struct sockaddr_in from = {.sin_family = AF_INET};
        int one = 1;
        from.sin_addr.s_addr = htonl(INADDR_LOOPBACK + started / PORTS_AN_ADDRESS);
        setsockopt(c->fd, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &one, sizeof one);
        if (bind(c->fd, (struct sockaddr *)&from, sizeof from) < 0)
            fail("bind");
    }
    c->state = CONNECTING;
    c->began_us = now_us(CLOCK_MONOTONIC);
    struct epoll_event event = {.events = EPOLLOUT, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, c->fd, &event) < 0)
        fail("epoll_ctl");
    started++;
    if (connect(c->fd, (struct sockaddr *)&target, sizeof target) < 0 && errno != EINPROGRESS)
        fail("connect");
}

/* Start what is due: all at once, at most AT_ONCE unanswered, or evenly over the time asked for. */
static void start_clients(void)
{
    while (started < total) {
        if (spread_ms) {
            if (now_us(CLOCK_MONOTONIC) < start_us + (int64_t)spread_ms * 1000 * started / total)
                return;
        } else if (started - settled >= AT_ONCE) {
            return;
        }
        start_client();
    }
}

static int by_size(const void *a, const void *b)
{
    int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;
    return (left > right) - (left < right);
}

static double latency_ms(double share)
{
    uint64_t wanted = share * samples, seen = 0;
    for (int i = 0; i < BUCKETS; i++)
        if ((seen += histogram[i]) > wanted)
            return (i + 1) * BUCKET_US / 1000.0;
    return worst_us / 1000.0;
}

static void report(void)
{
    uint64_t least = UINT64_MAX, most = 0;
    int64_t *firsts = calloc(total, sizeof *firsts);
    int count = 0, healthy = 0;
    for (int i = 0; i < total; i++) {
        struct client *c = &clients[i];
        if (c->stalled)
            continue;
        if (c->state == OPEN) {
            healthy++;
            least = c->n < least ? c->n : least;
            most = c->n > most ? c->n : most;
        }
        if (c->first_us)
            firsts[count++] = c->first_us - c->began_us;
    }
    qsort(firsts, count, sizeof *firsts, by_size);
    printf("{\"at_us\":%lld,\"started\":%d,\"open\":%d,\"healthy\":%d,\"closed\":%d,\"refused\":%d,\"last_code\":%d,"
           "\"valued\":%d,\"bytes\":%llu,\"frames\":%llu,\"n\":%llu,\"least_n\":%llu,\"most_n\":%llu",
           (long long)now_us(CLOCK_MONOTONIC), started, opened, healthy, closed, refused, last_code, valued,
           (unsigned long long)bytes, (unsigned long long)frames, (unsigned long long)readings,
           (unsigned long long)(healthy ? least : 0), (unsigned long long)most);
    if (count)
        printf(",\"first_ms\":{\"p50\":%.3f,\"p99\":%.3f,\"max\":%.3f}", firsts[count / 2] / 1000.0,
               firsts[(int)(count * 0.99)] / 1000.0, firsts[count - 1] / 1000.0);
    if (measure)
        printf(",\"latency_ms\":{\"count\":%u,\"p50\":%.3f,\"p99\":%.3f,\"p999\":%.3f,\"max\":%.3f}", samples,
               latency_ms(0.5), latency_ms(0.99), latency_ms(0.999), worst_us / 1000.0);
    printf("}\n");
    free(firsts);
}

static int on_input(void)
{
    char lines[4096];
    ssize_t got = read(0, lines, sizeof lines - 1);
    if (got <= 0)
        return 0;
    lines[got] = 0;
    for (char *line = strtok(lines, "\n"); line; line = strtok(NULL, "\n")) {
        if (!strcmp(line, "quit"))
            return 0;
        if (!strcmp(line, "reset")) {
            memset(histogram, 0, BUCKETS * sizeof *histogram);
            samples = over = 0;
            worst_us = 0;
        }
        report();
        fflush(stdout);
    }
    return 1;
}

static void load_scripts(const char *path)
{
    FILE *file = fopen(path, "r");
    if (!file)
        fail(path);
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    while ((size = getline(&line, &room, file)) > 0) {
        line[strcspn(line, "\n")] = 0;
        scripts = realloc(scripts, (script_count + 1) * sizeof *scripts);
        scripts[script_count++] = strdup(line);
    }
    free(line);
    fclose(file);
}

static void prepare(const char *host, int port, const char *path, const char *subprotocol)
{
    struct rlimit files;
    getrlimit(RLIMIT_NOFILE, &files);
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
    target.sin_family = AF_INET;
    target.sin_port = htons(port);
    if (inet_pton(AF_INET, host, &target.sin_addr) != 1)
        fail(host);
    snprintf(request, sizeof request,
             "GET %s HTTP/1.1\r\nHost: %s:%d\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
             "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n%s%s%s\r\n",
             path, host, port, *subprotocol ? "Sec-WebSocket-Protocol: " : "", subprotocol, *subprotocol ? "\r\n" : "");
    clients = calloc(total, sizeof *clients);
    histogram = calloc(BUCKETS, sizeof *histogram);
    poller = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = NULL};
    epoll_ctl(poller, EPOLL_CTL_ADD, 0, &event);
}

static void work(void)
{
    struct epoll_event events[EVENTS];
    start_us = now_us(CLOCK_MONOTONIC);
    for (;;) {
        start_clients();
        if (rest_us && started == total) {
            struct timespec rest = {.tv_nsec = rest_us * 1000L};
            nanosleep(&rest, NULL);
        }
        int count = epoll_wait(poller, events, EVENTS, started < total ? 1 : -1);
        for (int i = 0; i < count; i++) {
            struct client *c = events[i].data.ptr;
            if (!c) {
                if (!on_input())
                    return;
            } else if (c->state == CONNECTING) {
                on_connected(c);
            } else if (c->state != CLOSED) {
                if (events[i].events & EPOLLIN)
                    on_readable(c);
                else if (events[i].events & (EPOLLHUP | EPOLLERR | EPOLLRDHUP))
                    end_client(c);
            }
        }
    }
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"host", 1, 0, 'h'},    {"port", 1, 0, 'p'},    {"path", 1, 0, 'u'},      {"subprotocol", 1, 0, 's'},
        {"clients", 1, 0, 'n'}, {"script", 1, 0, 'f'},  {"raw", 0, 0, 'r'},       {"per-frame", 0, 0, 'c'},
        {"stalled", 1, 0, 'k'}, {"spread", 1, 0, 'd'},  {"latency", 0, 0, 'l'},
        {"rest", 1, 0, 'e'},    {0, 0, 0, 0}};
    const char *host = "127.0.0.1", *path = "/", *subprotocol = "";
    int port = 0, option;
    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'h': host = optarg; break;
        case 'p': port = atoi(optarg); break;
        case 'u': path = optarg; break;
        case 's': subprotocol = optarg; break;
        case 'n': total = atoi(optarg); break;
        case 'f': load_scripts(optarg); break;
        case 'r': raw = 1; break;
        case 'c': per_frame = 1; break;
        case 'k': stalled = atoi(optarg); break;
        case 'd': spread_ms = atoi(optarg); break;
        case 'l': measure = 1; break;
        case 'e': rest_us = atoi(optarg); break;
        default: return 2;
        }
    }
    prepare(host, port, path, subprotocol);
    work();
    return 0;
}
