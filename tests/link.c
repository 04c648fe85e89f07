/*
 * A link between two network namespaces, as slow as it is told to be:
 *
 *	link NAMESPACE NAMESPACE BITS_PER_S LATENCY_S
 *
 * Makes a tap jk0 in each (root, /dev/net/tun) and carries Ethernet frames between
 * them until it is killed: each direction sends one frame after the other at that
 * rate, and each arrives that much later.  A queue of QUEUE frames drops what
 * comes beyond it.  For kernels without sch_netem, which does the same.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

enum { QUEUE = 1000, MOST = 2048 };

struct frame {
	double due;		/* s */
	ssize_t n;
	char data[MOST];
};

struct direction {
	int from, to;		/* taps */
	double bits_per_s, latency_s;
	double free_s;		/* when the last frame will have been sent */
	struct frame *queue;	/* [size], a ring */
	size_t size, first, n;
};

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static double
now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

/* A tap in a namespace; the thread stays in it. */
static int
open_tap(const char *name)
{
	struct ifreq r = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	char path[256];
	int ns, fd;

	snprintf(path, sizeof path, "/var/run/netns/%s", name);
	ns = open(path, O_RDONLY | O_CLOEXEC);
	if (ns < 0 || setns(ns, CLONE_NEWNET) < 0)
		die(path);
	close(ns);
	fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);
	strcpy(r.ifr_name, "jk0");
	if (fd < 0 || ioctl(fd, TUNSETIFF, &r) < 0)
		die("/dev/net/tun");
	return fd;
}

/* What has come; what finds no place is lost. */
static void
take(struct direction *d)
{
	struct frame *f, none;
	ssize_t n;
	double now;

	for (;;) {
		f = d->n < d->size ? &d->queue[(d->first + d->n) % d->size] :
		    &none;
		n = read(d->from, f->data, sizeof f->data);
		if (n <= 0)
			break;
		if (f == &none)
			continue;
		now = now_s();
		d->free_s = (d->free_s > now ? d->free_s : now) +
		    8 * (double)n / d->bits_per_s;
		f->n = n;
		f->due = d->free_s + d->latency_s;
		d->n++;
	}
	if (n < 0 && errno != EAGAIN && errno != EINTR)
		die("read");
}

static void
carry(struct direction *d)
{
	struct pollfd p = { .fd = d->from, .events = POLLIN };

	for (;;) {
		struct timespec t = { 0 };
		double wait = 1;

		while (d->n && (wait = d->queue[d->first].due - now_s()) <=
		    0) {
			/* one that is down, or full, loses it */
			if (write(d->to, d->queue[d->first].data,
			    (size_t)d->queue[d->first].n) < 0 && errno != EIO &&
			    errno != EAGAIN)
				die("write");
			d->first = (d->first + 1) % d->size;
			d->n--;
			wait = 1;
		}
		t.tv_sec = (time_t)wait;
		t.tv_nsec = (long)(1e9 * (wait - (double)t.tv_sec));
		if (ppoll(&p, 1, &t, NULL) < 0 && errno != EINTR)
			die("poll");
		take(d);
	}
}

static void *
carry_back(void *d)
{
	carry(d);
	return NULL;
}

int
main(int argc, char **argv)
{
	struct direction d[2];
	pthread_t thread;
	size_t i, in_flight;

	if (argc != 5) {
		fprintf(stderr, "usage: link NAMESPACE NAMESPACE BITS_PER_S "
		    "LATENCY_S\n");
		return 2;
	}
	d[0].from = d[1].to = open_tap(argv[1]);
	d[0].to = d[1].from = open_tap(argv[2]);
	for (i = 0; i < 2; i++) {
		d[i].bits_per_s = atof(argv[3]);
		d[i].latency_s = atof(argv[4]);
		/* and what is on its way, in full frames */
		in_flight = (size_t)(d[i].bits_per_s * d[i].latency_s / 8 /
		    1514);
		d[i].size = QUEUE + in_flight;
		d[i].free_s = 0;
		d[i].first = d[i].n = 0;
		d[i].queue = malloc(d[i].size * sizeof *d[i].queue);
		if (!d[i].queue)
			die("memory");
	}
	if (pthread_create(&thread, NULL, carry_back, &d[1]))
		die("thread");
	puts("up");
	fflush(stdout);
	carry(&d[0]);
}
