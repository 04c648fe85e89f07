#include "tap.h"

#include <stdint.h>

#include "base/json.h"
#include "base/philox.h"
#include "nn/generate.h"

/*
 * The samplers against transformers' logits processors on fixed logits
 * (tests/oracle/sampler.py): which tokens are left, with what probability;
 * and that draws follow it.
 */

enum { V = 50, MAX_SEEN = 16, N_DRAWS = 20000 };

static double
real(const json_t *settings, const char *name, double otherwise)
{
	const json_t *v = json_object_get(settings, name);

	return v ? json_number_value(v) : otherwise;
}

static struct jk_sampling
settings_of(const json_t *j)
{
	return (struct jk_sampling){
		.temperature = real(j, "temperature", 1),
		.top_k = (uint32_t)real(j, "top_k", 0),
		.top_p = real(j, "top_p", 1), .min_p = real(j, "min_p", 0),
		.repetition_penalty = real(j, "repetition_penalty", 1) };
}

/* chi-square of draws against the probabilities, in standard deviations */
static double
chi_square(const struct jk_sampler *s, const double *want)
{
	double expected[V] = { 0 }, sum = 0, cells = 0;
	uint32_t count[V] = { 0 }, i;

	for (i = 0; i < N_DRAWS; i++) {
		struct jk_philox r = jk_philox(i, 0, 0, 0, 7, 7);

		count[jk_sampler_draw(s, (double)jk_uniform(r.v[0]))]++;
	}
	for (i = 0; i < V; i++) {
		expected[i] = N_DRAWS * want[i];
		if (want[i] == 0 && count[i])
			return INFINITY;
		if (expected[i] < 5)
			continue;
		sum += (count[i] - expected[i]) * (count[i] - expected[i]) /
		    expected[i];
		cells++;
	}
	/* mean cells - 1, variance 2 (cells - 1) */
	return cells > 1 ? (sum - (cells - 1)) / sqrt(2 * (cells - 1)) : 0;
}

static void
check_case(const json_t *all, const json_t *c, struct jk_sampler *s)
{
	const char *name = json_string_value(json_object_get(c, "logits"));
	const json_t *values = json_object_get(json_object_get(all, "logits"),
	    name), *p = json_object_get(c, "probabilities");
	const json_t *previous = json_object_get(all, "previous_ids");
	const json_t *how = json_object_get(c, "settings");
	struct jk_sampling sampling = settings_of(how);
	uint32_t seen[MAX_SEEN], n_seen = 0, i, j;
	float logits[V];
	double got[V] = { 0 }, want[V], worst = 0, chi;
	struct jk_err err;
	char *text = json_dumps(how, JSON_COMPACT);

	for (i = 0; i < V; i++) {
		logits[i] = (float)json_number_value(json_array_get(values,
		    i));
		want[i] = json_number_value(json_array_get(p, i));
	}
	for (i = 0; i < json_array_size(previous); i++) {
		uint32_t id = (uint32_t)json_integer_value(
		    json_array_get(previous, i));

		for (j = 0; j < n_seen && seen[j] != id; j++)
			;
		if (j == n_seen)
			seen[n_seen++] = id;
	}
	if (jk_sampler_filter(s, &sampling, logits, seen, n_seen, NULL, 0,
	    &err) < 0) {
		ok(0, "%s %s: %s", name, text, err.msg);
		free(text);
		return;
	}
	for (i = 0; i < s->n; i++)
		got[s->candidates[i].id] =
		    (double)s->candidates[i].weight / s->sum;
	for (i = 0; i < V; i++) {
		double e = fabs(got[i] - want[i]);

		if (!(e <= worst))
			worst = e;
		if ((got[i] > 0) != (want[i] > 0))
			worst = INFINITY;
	}
	chi = chi_square(s, want);
	ok(worst <= 2e-6 && fabs(chi) < 5, "%s %s: %u tokens, off by %.1e, "
	    "draws off by %.1f deviations", name, text, s->n, worst, chi);
	free(text);
}

static void
test_bans(struct jk_sampler *s)
{
	struct jk_sampling how = jk_regime_default.sampling;
	struct jk_err err;
	uint32_t end[2] = { 3, 7 }, i;
	float logits[V] = { 0 };

	logits[3] = 20;
	logits[7] = 10;
	logits[9] = 5;
	ok(jk_sampler_filter(s, &how, logits, NULL, 0, end, 2, &err) == 0 &&
	    s->n == V - 2, "banned ids are not candidates");
	how.greedy = true;
	ok(jk_sampler_filter(s, &how, logits, NULL, 0, end, 2, &err) == 0 &&
	    s->n == 1 && jk_sampler_draw(s, 0.9) == 9, "greedy");
	logits[11] = NAN;
	ok(jk_sampler_filter(s, &how, logits, NULL, 0, NULL, 0, &err) < 0 &&
	    err.status == JK_EDATA, "a NaN is an error");
	for (i = 0; i < V; i++)
		logits[i] = -INFINITY;
	ok(jk_sampler_filter(s, &how, logits, NULL, 0, NULL, 0, &err) < 0,
	    "nothing left is an error");
}

static void
test_regimes(void)
{
	static const char *const bad[] = { "temperature=0", "temperature=x",
		"temperature=1e-50", "repetition_penalty=1e-50",
		"max_new_tokens=1e9",
		"top_p=1.5", "top_p=0", "min_p=-1", "top_k=-3", "name=",
		"max_new_tokens=0", "warmth=1", "hot", "greedy=yes" };
	struct jk_regime r = jk_regime_default;
	struct jk_err err;
	size_t i;

	ok(jk_regime_parse(&r, "name=calm,temperature=0.7,top_p=0.6,top_k=9,"
	    "min_p=0.1,repetition_penalty=1.2,max_new_tokens=120,"
	    "min_new_tokens=3", &err) == 0 && strcmp(r.name, "calm") == 0 &&
	    r.sampling.temperature == 0.7 && r.sampling.top_p == 0.6 &&
	    r.sampling.top_k == 9 && r.sampling.min_p == 0.1 &&
	    r.sampling.repetition_penalty == 1.2 &&
	    r.sampling.max_new_tokens == 120 &&
	    r.sampling.min_new_tokens == 3 && !r.sampling.greedy,
	    "a regime with everything");
	for (i = 0; i < sizeof bad / sizeof *bad; i++)
		ok(jk_regime_parse(&r, bad[i], &err) < 0 &&
		    err.status == JK_EUSAGE && strstr(err.msg, bad[i]),
		    "'%s' is refused by name", bad[i]);
}

int
main(void)
{
	struct jk_sampler s;
	struct jk_err err;
	json_t *all = jk_json_load("tests/data/sampler.json", &err);
	const json_t *c;
	size_t i;

	if (!all || jk_sampler_init(&s, V, &err) < 0) {
		ok(0, "%s", err.msg);
		return done_testing();
	}
	json_array_foreach(json_object_get(all, "cases"), i, c)
		check_case(all, c, &s);
	ok(i > 100, "%zu cases", i);
	test_bans(&s);
	test_regimes();
	jk_sampler_release(&s);
	json_decref(all);
	return done_testing();
}
