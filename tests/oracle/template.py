#!/usr/bin/env python3
"""Record what Jinja, with the settings of transformers, makes of templates.

  template.py                  writes tests/data/jinja.jsonl (own templates)
  template.py --models DIR     writes tests/data/chat.jsonl: dialogues in the
                               formats of the Hugging Face folders in DIR
                               (tests/data/tiny), by apply_chat_template
  template.py --corpus DIR     writes tests/data/chat-templates.jsonl: lengths
                               and FNV-1a of what the templates in DIR render

tests/unit/jinja.c says what a line holds.  The date is fixed.
"""

import argparse
import datetime
import json
import os
import sys

import jinja2
from transformers.utils import chat_template_utils as hf

TOP = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
NOW = datetime.datetime(2026, 11, 3, 7, 0, 0)


class FixedDate(datetime.datetime):
    @classmethod
    def now(cls, tz=None):
        return NOW


hf.datetime = FixedDate


def compiled(text):
    return hf._compile_jinja_template(text)


def fnv(data):
    h = 0xcbf29ce484222325
    for byte in data:
        h = ((h ^ byte) * 0x100000001b3) & 0xffffffffffffffff
    return "%016x" % h


# --- own templates: text, or (text, variables); the context is CONTEXT too

CONTEXT = {
    "s": "Hello World", "empty": "", "n": 7, "neg": -3, "x": 2.5, "big": 10**15,
    "yes": True, "no": False, "nil": None,
    "l": [3, 1, 2], "words": ["beta", "Alpha", "gamma"], "nested": [[1, 2], [3, [4]]],
    "d": {"b": 2, "a": 1, "C": 3}, "items": [1],
    "users": [{"name": "Ann", "age": 30, "on": True, "tag": {"k": "u"}},
              {"name": "bob", "age": 25, "on": False, "tag": {"k": "v"}},
              {"name": "Cid", "age": 30, "on": True, "tag": {}}],
    "u": "Приве́т, мир ёж", "odd": "ß ŉ ΣΑΣ Σ ὀδός İı ﬁ ǆ ǅ", "q": "it's \"q\"\n\t\\ \x00\x7f\u00a0\u200b\U0001f600",
    "f": [0.1, 1e16, 1e-5, 123456789.125, 1e22, 100.0, 3.0e-324, 1.7976931348623157e308, -0.0],
    "padded": "  \t a b \n ", "csv": "a,b,,c", "multi": "one\ntwo\n\n  three\r\nfour",
    "mixed": [1, "1", None, True, 2.0, [], {}], "emoji": "a👩‍👧b",
}

SNIPPETS = r'''
{{ s }}
{{ n }} {{ neg }} {{ x }} {{ big }} {{ yes }} {{ no }} {{ nil }}
{{ nope }}|{{ d.nope }}|{{ l[9] }}
{{ nope.x }}
{{ nope + 1 }}
{{ nope() }}
{{ nope[0] }}
{{ nope[0:1] }}
{{ -nope }}
{{ nope < 1 }}
{{ nope == nope2 }} {{ nope != 1 }} {{ nope == none }}
{{ nope | length }} {{ nope | list }} {{ nope | join }} {{ nope | upper }} {{ nope | trim }}
{{ nope | int }}
{{ nope | float }}
{{ nope | default('z') }} {{ nope | d }} {{ empty | default('z') }} {{ empty | default('z', true) }} {{ nil | default('z', boolean=True) }}
{{ nope | tojson }}
{{ nope | first }}|{{ nope | sort }}|{{ nope | map('upper') | list }}
{{ nope | last }}
{{ nope is defined }} {{ s is defined }} {{ nope is undefined }} {{ d.b is defined }} {{ d.z is defined }}
{{ nope is none }} {{ nil is none }} {{ nope is iterable }} {{ nope is sequence }} {{ nope is mapping }} {{ nope is string }} {{ nope is callable }} {{ nope is number }}
{{ 'a' in nope }} {{ nope in l }}
{{ nope in 'abc' }}
{{ not nope }} {{ nope or 'x' }} {{ nope and 'x' }}|
{{ 'a' ~ nope ~ 1 ~ none ~ true ~ 2.0 ~ [1] }}
{{ [nope] }} {{ {'a': nope} }}
{% for i in nope %}x{% else %}none{% endfor %}
{% for a, b in [nope] %}x{% endfor %}
{{ l }} {{ d }} {{ words }} {{ nested }} {{ users }} {{ mixed }}
{{ [] }} {{ {} }} {{ () }} {{ (1,) }} {{ (1, 2) }} {{ 1, 2 }} {{ [(1,)] }}
{{ [1, 'a', none, true, 2.5, {'k': (1,)}] }}
{{ q }}
{{ [q] }} {{ ["'"] }} {{ ['"'] }} {{ ["'\""] }}
{{ [u, emoji, odd] }}
{{ f }}
{{ 0.1 + 0.2 }} {{ 1/3 }} {{ 2/1 }} {{ 1e3 }} {{ 1e100 }} {{ 12345678901234567.0 }} {{ 1.5e-7 }} {{ 100000.0 }} {{ 1_000 }} {{ 0x1f }} {{ 0b101 }} {{ 0o17 }} {{ 00 }}
{{ 7 // 2 }} {{ -7 // 2 }} {{ 7 // -2 }} {{ -7 % 3 }} {{ 7 % -3 }} {{ 7.5 // 2 }} {{ -7.5 // 2 }} {{ -7.5 % 2 }} {{ 7.5 % -2 }} {{ 2 ** 10 }} {{ 2 ** -1 }} {{ 2.0 ** 3 }} {{ 2 ** 3 ** 2 }}
{{ 1 / 0 }}
{{ 1 // 0 }}
{{ 1 % 0 }}
{{ 1.0 % 0 }}
{{ 0.0 ** -1 }}
{{ true + 1 }} {{ true * 3 }} {{ -true }} {{ +true }} {{ 5 - true }} {{ not 0 }} {{ not '' }} {{ not [] }} {{ not 0.0 }} {{ not none }}
{{ 1 + 2 * 3 - 4 / 2 }} {{ (1 + 2) * 3 }} {{ -2 ** 2 }} {{ 10 - 3 - 2 }} {{ 2 * 3 % 4 }} {{ 100 // 7 // 2 }}
{{ 'a' + 'b' }} {{ 'ab' * 3 }} {{ 3 * 'ab' }} {{ [1] + [2] }} {{ [1] * 2 }} {{ (1,) + (2,) }} {{ 'x' * -1 }}|{{ 'x' * 0 }}
{{ 'a' + 1 }}
{{ 1 + 'a' }}
{{ [1] + (2,) }}
{{ none + 1 }}
{{ {} + {} }}
{{ 'a' - 'b' }}
{{ -'a' }}
{{ 1 < 2 }} {{ 2 <= 2 }} {{ 3 > 4 }} {{ 'a' < 'b' }} {{ [1, 2] < [1, 3] }} {{ (1,) < (1, 2) }} {{ 1 == 1.0 }} {{ true == 1 }} {{ '1' == 1 }} {{ [1] == (1,) }} {{ none == none }} {{ 1 != 2 }}
{{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ 1 == 1 != 2 }} {{ 3 > 2 > 1 == 1 }}
{{ 1 < 'a' }}
{{ [1] < ['a'] }}
{{ {} < {} }}
{{ none < none }}
{{ 1 in l }} {{ 9 not in l }} {{ 'ell' in s }} {{ '' in s }} {{ 'a' in d }} {{ 1 in d }} {{ 'A' in words }} {{ (1, 2) in [(1, 2)] }} {{ 1.0 in l }} {{ true in l }}
{{ 1 in 'abc' }}
{{ 1 in 1 }}
{{ [] in d }}
{{ 1 if yes else 2 }} {{ 1 if no else 2 }} {{ 1 if no }}|{{ 'a' if no else 'b' if yes else 'c' }}
{{ (1 if no).x }}
{{ yes and s }} {{ no and s }} {{ no or s }} {{ '' or 0 or none }} {{ 1 and 2 and 3 }} {{ not yes or yes }} {{ not (yes and no) }}
{{ s[0] }} {{ s[-1] }} {{ s[99] }}|{{ s[1:4] }} {{ s[:3] }} {{ s[-3:] }} {{ s[::2] }} {{ s[::-1] }} {{ s[8:2:-2] }} {{ s[5:1] }}|{{ s[-100:100] }} {{ s[100:] }}|
{{ u[1] }} {{ u[-2] }} {{ u[2:6] }} {{ u[::-1] }} {{ emoji[1:-1] }} {{ u | length }}
{{ l[0] }} {{ l[-1] }} {{ l[:2] }} {{ l[::-1] }} {{ l[1:] }} {{ l[::2] }} {{ l[-2:] }} {{ (1, 2, 3)[1:] }} {{ l[none:none] }} {{ l[true] }}
{{ l['a'] }}|{{ s['x'] }}|{{ l[0.5] }}|{{ l[none] }}|{{ 5[0] }}|{{ none[0] }}
{{ l[::0] }}
{{ l['a':] }}
{{ 5[1:] }}
{{ d[1:] }}
{{ d.a }} {{ d['a'] }} {{ d['z'] }}|{{ d.items }}
{{ d.items() }} {{ d.keys() }} {{ d.values() }} {{ d.items() | list }} {{ d.get('a') }} {{ d.get('z') }} {{ d.get('z', 5) }} {{ d.keys() | list }} {{ d['items']() | list }}
{{ d.pop('a') }}
{{ l.append(1) }}
{{ d.update }}|{{ l.append is defined }}
{{ d.__class__ }}|{{ s.__len__ is defined }}
{{ d.__class__.x }}
{{ s.foo }}|{{ n.foo }}|{{ none.foo }}|{{ l.foo }}
{{ nested.1.1.0 }} {{ nested[1][1][0] }} {{ users.0.name }} {{ users[0]['tag'].k }}
{{ none.foo.bar }}
{{ d.get }}
{{ s() }}
{{ 5() }}
{{ padded.strip() }}|{{ padded.lstrip() }}|{{ padded.rstrip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'abcba'.lstrip('ab') }}|{{ 'abcba'.rstrip('ba') }}|{{ padded.strip(none) }}|{{ 'éaé'.strip('é') }}|{{ ''.strip() }}
{{ '\u2003 a \u3000\x1c'.strip() | length }} {{ '\u200b a'.strip() | length }} {{ '\x85\xa0a'.strip() }}
{{ csv.split(',') }} {{ csv.split(',', 1) }} {{ csv.rsplit(',', 1) }} {{ 'a b  c '.split() }} {{ ' a b c '.split(none, 1) }} {{ ' a b c '.rsplit(none, 1) }} {{ 'a b '.split(none, 1) }} {{ 'a '.split(none, 0) }} {{ ''.split() }} {{ ''.split(',') }} {{ csv.split('x') }} {{ csv.split(',', maxsplit=2) }} {{ csv.rsplit(',') }} {{ csv.split(sep=',') }}
{{ csv.split('') }}
{{ csv.split(1) }}
{{ multi.splitlines() }} {{ multi.splitlines(true) }} {{ 'a\x0bb\x1cc\u2028d'.splitlines() }} {{ 'a\n'.splitlines() }} {{ ''.splitlines() }}
{{ s.startswith('He') }} {{ s.startswith('x') }} {{ s.startswith('') }} {{ s.endswith('ld') }} {{ s.startswith(('x', 'H')) }} {{ s.startswith('W', 6) }} {{ s.endswith('lo', 0, 5) }} {{ s.startswith('', 99) }} {{ s.endswith('', 11) }}
{{ s.startswith(1) }}
{{ s.startswith(['H']) }}
{{ s.upper() }} {{ s.lower() }} {{ s.title() }} {{ s.capitalize() }} {{ s.swapcase() }} {{ u.upper() }} {{ u.title() }} {{ "they're bill's".title() }} {{ 'aBC dEF'.capitalize() }}
{{ odd.upper() }}|{{ odd.lower() }}|{{ odd.title() }}|{{ odd.capitalize() }}|{{ 'ﬁx'.capitalize() }}|{{ 'ΑΣ'.lower() }}|{{ 'ΑΣ Β'.lower() }}|{{ 'ΑΣ.Β'.lower() }}|{{ 'Σ'.lower() }}
{{ s.replace('o', '0') }} {{ s.replace('o', '0', 1) }} {{ s.replace('', '-') }} {{ s.replace('', '-', 2) }} {{ s.replace('l', '') }} {{ 'aaa'.replace('aa', 'b') }} {{ s.replace('o', 'oo', 0) }} {{ u.replace('', '·') }}
{{ s.replace('o') }}
{{ s.replace(1, 2) }}
{{ ', '.join(words) }} {{ ''.join([]) }}|{{ '-'.join('abc') }} {{ '-'.join(d) }}
{{ ','.join(l) }}
{{ s.find('o') }} {{ s.find('z') }} {{ s.rfind('o') }} {{ s.index('o') }} {{ s.count('l') }} {{ s.find('o', 5) }} {{ s.find('o', 5, 6) }} {{ u.find('мир') }} {{ u.rfind('р') }} {{ s.count('o', 5) }} {{ s.find('') }} {{ s.rfind('') }}
{{ s.index('z') }}
{{ '123'.isdigit() }} {{ '12a'.isdigit() }} {{ ''.isdigit() }} {{ 'abc'.isalpha() }} {{ u.isalpha() }} {{ 'ab1'.isalnum() }} {{ ' \t'.isspace() }} {{ ''.isspace() }} {{ 'ABC'.isupper() }} {{ 'aB'.isupper() }} {{ '1'.isupper() }} {{ 'abc1'.islower() }} {{ 'ПРИВЕТ'.isupper() }} {{ '٣'.isdecimal() }}
{{ 'a-b-c'.partition('-') }} {{ 'abc'.partition('-') }} {{ 'a-b-c'.rpartition('-') }} {{ 'abc'.rpartition('-') }} {{ 'abc'.removeprefix('a') }} {{ 'abc'.removesuffix('bc') }} {{ 'abc'.removeprefix('x') }}
{{ 'ab'.center(6) }}|{{ 'ab'.center(7, '*') }}|{{ 'a'.center(4, '*') }}|{{ 'ab'.ljust(4) }}|{{ 'ab'.rjust(4, '.') }}|{{ 'abc'.center(2) }}
{{ '{} {}'.format(1, 'a') }} {{ '{0} {1} {0}'.format('x', none) }} {{ '{a}{b}'.format(a=1, b=[2]) }} {{ '{{}}'.format() }} {{ '{!r}'.format('x') }} {{ '{a!s}'.format(a=1.0) }}
{{ '{} {}'.format(1) }}
{{ '{'.format() }}
{{ '{0} {}'.format(1) }}
{{ '%s %s' % ('a', 1) }} {{ '%s' % 'a' }} {{ '%d' % 3.7 }} {{ '%5d|%-5d|%05d|%+d' % (1, 2, 3, 4) }} {{ '%.2f %e %g' % (1.005, 12345.678, 0.0001) }} {{ '%x %X %o' % (255, 255, 8) }} {{ '%r' % 'a' }} {{ '%5s|%-5s|%.2s' % ('a', 'b', 'cde') }} {{ '%%' % () }} {{ '%(a)s-%(b)d' % {'a': 'x', 'b': 2} }} {{ '%s' % [1] }} {{ '%s' % none }} {{ '%s' % ((1, 2),) }} {{ '%*d' % (5, 42) }} {{ '%i' % true }}
{{ '%s %s' % 'a' }}
{{ '%s' % ('a', 'b') }}
{{ 'a' % 1 }}
{{ '%d' % 'a' }}
{{ '%z' % 1 }}
{{ '%(a)s' % 1 }}
{{ '%s, %s!' | format('a', 'b') }} {{ '%(x)s' | format(x=1) }} {{ '100%%' | format }}
{{ s | upper }} {{ s | lower }} {{ 'foo bar-baz (qux)' | title }} {{ 'fOO' | capitalize }} {{ padded | trim }}|{{ 'xax' | trim('x') }} {{ 5 | upper }} {{ u | title }} {{ 'ǆa ﬁx' | title }}
{{ s | replace('o', '0') }} {{ s | replace('o', '0', 1) }} {{ 123 | replace(2, 'x') }} {{ s | replace('l', 'L', count=2) }}
{{ s | length }} {{ l | count }} {{ d | length }} {{ range(5) | length }} {{ '' | length }}
{{ 5 | length }}
{{ l | map('string') | length }}
{{ l | join }} {{ l | join(', ') }} {{ users | join(',', attribute='name') }} {{ 'abc' | join('-') }} {{ d | join(',') }} {{ [none, true, 1.0] | join('|') }} {{ l | join(1) }} {{ nested | join(' ') }}
{{ l | first }} {{ l | last }} {{ [] | first }}|{{ [] | last }}|{{ 'abc' | first }} {{ 'abc' | last }} {{ d | first }} {{ d | last }} {{ range(3) | last }} {{ d.values() | first }} {{ d.items() | last }}
{{ l | map('string') | last }}
{{ l | sort }} {{ words | sort }} {{ words | sort(case_sensitive=true) }} {{ l | sort(reverse=true) }} {{ users | sort(attribute='age') | map(attribute='name') | join(',') }} {{ users | sort(attribute='age,name', reverse=true) | map(attribute='name') | join(',') }} {{ 'cab' | sort }} {{ d | sort }} {{ users | sort(attribute='tag.k') | length if false }}
{{ mixed | sort }}
{{ l | reverse | list }} {{ 'abc' | reverse }} {{ (1, 2) | reverse | list }} {{ d | reverse | list }} {{ l | map('string') | reverse }} {{ u | reverse }}
{{ 5 | reverse }}
{{ [1, 2, 1, 3, 2] | unique | list }} {{ ['a', 'A', 'b'] | unique | list }} {{ ['a', 'A'] | unique(true) | list }} {{ users | unique(attribute='age') | map(attribute='name') | list }} {{ [1, 1.0, true, '1'] | unique | list }}
{{ [[1], [1]] | unique | list }}
{{ l | min }} {{ l | max }} {{ words | min }} {{ words | max }} {{ [] | min }}|{{ users | max(attribute='age') | string | length > 3 }} {{ words | min(case_sensitive=true) }}
{{ l | sum }} {{ users | sum(attribute='age') }} {{ [] | sum }} {{ l | sum(start=10) }} {{ [[1], [2]] | sum(start=[]) }} {{ [2.5] | sum }}
{{ words | sum }}
{{ users | selectattr('on') | map(attribute='name') | list }} {{ users | rejectattr('on') | map(attribute='name') | list }} {{ users | selectattr('age', 'equalto', 30) | list | length }} {{ users | selectattr('age', '>', 26) | map(attribute='name') | join(',') }} {{ users | rejectattr('name', 'in', ['Ann']) | map(attribute='name') | list }} {{ users | selectattr('tag.k', 'defined') | list | length }} {{ users | selectattr('nope') | list }}
{{ l | select('odd') | list }} {{ l | reject('odd') | list }} {{ [0, 1, '', 'a', none] | select | list }} {{ [0, 1] | reject | list }} {{ l | select('gt', 1) | list }} {{ l | select('divisibleby', 2) | list }} {{ words | select('in', 'beta gamma') | list }} {{ words | reject('equalto', 'beta') | join(', ') }}
{{ words | map('upper') | join(',') }} {{ users | map(attribute='name') | list }} {{ users | map(attribute='tag.k') | list }} {{ users | map(attribute='tag.k', default='?') | list }} {{ words | map('replace', 'a', 'o') | list }} {{ l | map('string') | list }} {{ words | map('first') | list }} {{ [[1, 2], [3]] | map('sum') | list }} {{ ['a'] | map('default', 'x') | list }}
{{ l | map('nonsense') | list }}
{{ l | map | list }}
{{ l | selectattr | list }}
{{ l | select('nonsense') | list }}
{{ d | dictsort }} {{ d | dictsort(true) }} {{ d | dictsort(false, 'value') }} {{ d | dictsort(reverse=true) }} {{ d | dictsort(by='value', reverse=true) }}
{{ l | dictsort }}
{{ d | dictsort(by='x') }}
{{ d | items | list }} {{ nope | items | list }}
{{ l | items | list }}
{{ l | list }} {{ 'abc' | list }} {{ d | list }} {{ range(3) | list }} {{ (1, 2) | list }} {{ u | list }}
{{ 5 | list }}
{{ [1, 2, 3, 4, 5] | batch(2) | list }} {{ [1, 2, 3] | batch(2, 'x') | list }} {{ [] | batch(2) | list }}
{{ '42' | int }} {{ '4.7' | int }} {{ 'x' | int }} {{ 'x' | int(9) }} {{ '0x1f' | int(base=16) }} {{ '1f' | int(0, 16) }} {{ 4.9 | int }} {{ -4.9 | int }} {{ true | int }} {{ none | int }} {{ ' 7 ' | int }} {{ '1_000' | int }} {{ [] | int }} {{ '+5' | int }} {{ '-5' | int }} {{ '--5' | int }} {{ '' | int }} {{ '1e3' | int }} {{ '101' | int(base=2) }} {{ '08' | int }} {{ 'inf' | int }} {{ '١' | string | length }}
{{ '4.5' | float }} {{ 'x' | float }} {{ 'x' | float(1.5) }} {{ 3 | float }} {{ '1e3' | float }} {{ 'inf' | float }} {{ '-nan' | float }} {{ '0x10' | float }} {{ none | float }} {{ ' 1.5 ' | float }} {{ '1_0.5' | float }} {{ '.5' | float }} {{ '5.' | float }} {{ 'infinity' | float }}
{{ 42.55 | round }} {{ 42.55 | round(1, 'floor') }} {{ 42.55 | round(1) }} {{ 2.5 | round }} {{ 3.5 | round }} {{ -2.5 | round }} {{ 2.675 | round(2) }} {{ 5 | round }} {{ 5 | round(1, 'ceil') }} {{ 42.1 | round(0, 'ceil') }} {{ 42.55 | round | int }} {{ 1.005 | round(2) }}
{{ 'a' | round }}
{{ 5.5 | round(1, 'x') }}
{{ -5 | abs }} {{ neg | abs }} {{ -2.5 | abs }} {{ true | abs }}
{{ 'a' | abs }}
{{ multi | indent }}|{{ multi | indent(2, true) }}|{{ multi | indent(2, blank=true) }}|{{ multi | indent('> ', first=true) }}|{{ '' | indent }}|{{ 'a\n' | indent }}|
{{ nope | indent }}
{{ 'foo bar baz qux' | truncate(9) }} {{ 'foo bar baz qux' | truncate(9, true) }} {{ 'foo bar baz qux' | truncate(11) }} {{ 'foo bar baz qux' | truncate(11, false, '...', 0) }} {{ 'foo bar' | truncate(5, end='', leeway=0) }}
{{ 'foo bar' | truncate(2) }}
{{ 'ab' | center(6) }}|{{ '<a href="x">\'&' | e }} {{ '<' | escape }} {{ 5 | e }} {{ '<' | string }} {{ '<' | safe }} {{ '&lt;' | e }} {{ '<' | e | e }}
{{ ('<' | safe) + '<' }} {{ '<' + ('<' | safe) }} {{ ('<' | e) ~ '<' }} {{ ('<' | safe) | e }} {{ (s | safe) | upper }} {{ (s | safe)[0:2] + '<' }} {{ (s | safe) == s }} {{ (s | safe) is escaped }} {{ s is escaped }} {{ s | safe | length }} {{ [s | safe] }} {{ s | safe | trim }} {{ s | safe | replace('o', '<') }} {{ [s | safe, '<'] | join('<') }} {{ s | safe | tojson }}
{{ {'a': 1, 'b': [1, 2.5, none, true, 'x"\\/\n\t\x01é']} | tojson }}
{{ users | tojson }} {{ q | tojson }} {{ u | tojson }} {{ f | tojson }} {{ emoji | tojson }} {{ '<>&\'' | tojson }} {{ '\u2028' | tojson }}
{{ {'a': [1, {'b': []}], 'c': {}} | tojson(indent=4) }}
{{ {'b': 1, 'a': [1, 2]} | tojson(indent=2, sort_keys=true) }} {{ {'b': 1, 'a': 2} | tojson(sort_keys=true) }} {{ [1, 2] | tojson(separators=(',', ':')) }} {{ {'a': 1} | tojson(separators=(',', ':')) }} {{ {'a': [1]} | tojson(indent=1, separators=(',', ' = ')) }} {{ [u, emoji, '\x7f'] | tojson(ensure_ascii=true) }} {{ [1] | tojson(true, 0) }} {{ [1, [2]] | tojson(indent='--') }} {{ [] | tojson(indent=2) }} {{ (1, 2) | tojson }} {{ {1: 2, none: 3, true: 4, 1.5: 5} | tojson }}
{{ {(1, 2): 3} | tojson }}
{{ l | map('string') | tojson }}
{{ range(3) | tojson }}
{{ namespace() | tojson }}
{{ d.items() | tojson }}
{{ s | attr('upper') is defined }} {{ d | attr('a') }}|{{ d | attr('items') is defined }}
{{ s | wordcount is defined if false }}
{{ 'upper' is filter }} {{ 'zzz' is filter }} {{ 'urlize' is filter }} {{ 'odd' is test }} {{ 'zzz' is test }}
{{ s | nonsense }}
{% if no %}{{ s | nonsense }}{% endif %}ok
{{ s is nonsense }}
{% if no %}{{ s is nonsense }}{% endif %}ok
{{ 3 is odd }} {{ 3 is even }} {{ 6 is divisibleby 3 }} {{ 6 is divisibleby(4) }} {{ -3 is odd }} {{ 2.0 is even }} {{ 3 is not odd }} {{ 3 is not even }}
{{ 'a' is odd }}
{{ true is boolean }} {{ 1 is boolean }} {{ true is true }} {{ 1 is true }} {{ false is false }} {{ 0 is false }} {{ none is false }} {{ 1 is integer }} {{ true is integer }} {{ 1.0 is integer }} {{ 1.0 is float }} {{ 1 is number }} {{ true is number }} {{ 'a' is number }}
{{ 'a' is string }} {{ d is mapping }} {{ l is mapping }} {{ l is sequence }} {{ d is sequence }} {{ s is sequence }} {{ 5 is sequence }} {{ l is iterable }} {{ s is iterable }} {{ 5 is iterable }} {{ d is iterable }} {{ none is iterable }} {{ range(2) is sequence }} {{ d.items() is sequence }} {{ d.items() is iterable }} {{ l | map('string') is sequence }} {{ namespace() is mapping }} {{ namespace() is iterable }}
{{ range is callable }} {{ s is callable }} {{ s.upper is callable }} {{ raise_exception is defined }} {{ strftime_now is defined }} {{ dict is callable }} {{ cycler is defined }} {{ lipsum is defined }}
{{ 1 is eq 1 }} {{ 1 is equalto(1) }} {{ 1 is ne 2 }} {{ 1 is lt 2 }} {{ 1 is le 1 }} {{ 2 is gt 1 }} {{ 2 is ge 3 }} {{ 1 is lessthan 2 }} {{ 1 is greaterthan 2 }} {{ 1 is in [1] }} {{ 1 is not in [1] }} {{ 'a' is in 'abc' }} {{ 1 is sameas 1.0 }} {{ none is sameas none }} {{ true is sameas true }} {{ no is sameas false }} {{ 0 is sameas false }}
{{ 'ABC' is upper }} {{ 'abc' is lower }} {{ 'aBc' is lower }} {{ 5 is lower }}
{{ 1 is odd is true }}
{{ [1, 2] is sequence and s is string }} {{ s is string or nope.x }} {{ s is not string if yes else 'b' }}
{% if s is defined and s %}a{% elif no %}b{% else %}c{% endif %}{% if no %}a{% elif yes %}b{% endif %}{% if no %}x{% else %}{% if yes %}y{% endif %}{% endif %}
{% for i in l %}{{ i }}{% if not loop.last %}, {% endif %}{% endfor %}
{% for i in l %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.depth }}{{ loop.depth0 }};{% endfor %}
{% for i in l %}{{ loop.previtem }}<{{ i }}>{{ loop.nextitem }} {{ loop.cycle('a', 'b') }} {{ loop.changed(i > 1) }} {{ loop.previtem is defined }};{% endfor %}
{% for k, v in d.items() %}{{ k }}={{ v }} {% endfor %}{% for k in d %}{{ k }}{% endfor %}{% for k, v in d | dictsort %}{{ k }}{{ v }}{% endfor %}{% for c in 'añb' %}{{ c }}.{% endfor %}
{% for a, (b, c) in [(1, (2, 3))] %}{{ a }}{{ b }}{{ c }}{% endfor %}{% for (a, b) in [[1, 2]] %}{{ a }}{{ b }}{% endfor %}{% for a, b in ['xy'] %}{{ a }}{{ b }}{% endfor %}
{% for a, b in [(1, 2, 3)] %}{% endfor %}
{% for a, b in [1] %}{% endfor %}
{% for i in 5 %}{% endfor %}
{% for i in none %}{% endfor %}
{% for i in [] %}x{% else %}empty{% endfor %}{% for i in l %}{{ i }}{% else %}empty{% endfor %}
{% for i in l if i > 1 %}{{ i }}{{ loop.index }}{{ loop.length }}{% endfor %}{% for i in l if i > 9 %}x{% else %}none{% endfor %}
{% for i in range(5) if i is odd %}{{ loop.index0 }}:{{ i }}{{ loop.last }} {% endfor %}
{% set ns = namespace(stop=false) %}{% for i in range(6) if not ns.stop %}{{ i }}{% if i == 2 %}{% set ns.stop = true %}{% endif %}{% endfor %}
{% set ns = namespace(stop=false) %}{% for i in range(6) if not ns.stop %}{{ i }}{{ loop.last }}{% if i == 2 %}{% set ns.stop = true %}{% endif %}{% endfor %}
{% for i in range(5) %}{% if i == 1 %}{% continue %}{% endif %}{% if i == 3 %}{% break %}{% endif %}{{ i }}{% endfor %}
{% for i in l %}{% continue %}{% else %}else runs{% endfor %}|{% for i in l %}{% break %}{% else %}else runs{% endfor %}|{% for i in l %}{% if loop.last %}{% break %}{% endif %}{% else %}no{% endfor %}
{% break %}
{% for i in l %}{% macro m() %}{% break %}{% endmacro %}{% endfor %}
{% for i in l %}{% for j in l %}{{ loop.index }}{% endfor %}{{ loop.index }} {% endfor %}
{% for i in l %}{% for j in [loop.index] %}{{ j }}{% endfor %}{% endfor %}
{% for i in [1, [2, [3]]] recursive %}{% if i is iterable %}({{ loop(i) }}){% else %}{{ i }}@{{ loop.depth }}{% endif %}{% endfor %}
{% for i in l %}{{ loop(l) }}{% endfor %}
{% for i in l %}{% set x = i %}{{ x }}{% endfor %}{{ x }}
{% set y = 1 %}{% for i in l %}{% set y = y + i %}{{ y }} {% endfor %}{{ y }}
{% set y = 1 %}{% if yes %}{% set y = 2 %}{% endif %}{{ y }}{% if yes %}{% set z = 3 %}{% endif %}{{ z }}
{% for i in l %}{% if i == 1 %}{% set y = 'in' %}{% endif %}{{ y }}{% endfor %}|{{ y }}
{% for i in l %}{{ n }}{% endfor %}{% set n = 1 %}{{ n }}
{{ n }}{% for i in l %}{{ n }}{% endfor %}{% set n = 1 %}{{ n }}
{% for i in l %}{% for j in l %}{{ s }}{% endfor %}{% set s = 1 %}{{ s }}{% endfor %}
{% if no %}{% set s = 1 %}{% endif %}{{ s }}
{% for i in l %}{{ s }}{% if no %}{% set s = 1 %}{% endif %}{% endfor %}
{% macro m() %}{{ s }}{% endmacro %}{{ m() }}{% set s = 'later' %}{{ m() }}
{% macro m() %}[{{ v }}]{% endmacro %}{{ m() }}{% set v = 1 %}{{ m() }}{% for i in l %}{% set v = i %}{{ m() }}{% endfor %}
{% set x = s %}{% set s = 'new' %}{{ x }}{{ s }}
{% set a, b = 1, 2 %}{{ a }}{{ b }}{% set (a, b) = (b, a) %}{{ a }}{{ b }}{% set c = 1, 2 %}{{ c }}
{% set a, b = [1] %}
{% set x %}a{{ s }}b{% endset %}{{ x }}{% set x | upper %}a{{ s }}{% endset %}{{ x }}{% set x | replace('a', 'b') | trim %} aa {% endset %}{{ x }}|
{% set x %}{% set y = 1 %}{{ y }}{% endset %}{{ x }}{{ y }}
{% set ns = namespace(a=1) %}{% for i in l %}{% set ns.a = ns.a + i %}{% endfor %}{{ ns.a }} {{ ns.zz }} {{ ns }} {{ ns['a'] }}
{% set ns = namespace({'a': 1}, b=2) %}{{ ns.a }}{{ ns.b }}{% set ns.c = [1] %}{{ ns.c }}{{ ns.zz is defined }}
{% set ns = namespace(a=1, b=2) %}{% set ns.a, ns.b = ns.b, ns.a %}{{ ns.a }}{{ ns.b }}{% set ns.t %}x{% endset %}{{ ns.t }}
{% set d.a = 1 %}
{% set nope.a = 1 %}
{% set ns = namespace(_a=1) %}
{% set ns = namespace() %}{% set ns._a = 1 %}
{% set loop = 1 %}{{ loop }}
{% for loop in l %}{% endfor %}
{% set 1 = 2 %}
{% set true = 2 %}
{% set a.b.c = 1 %}
{% macro f(a, b=2, c='x') %}{{ a }}-{{ b }}-{{ c }};{% endmacro %}{{ f(1) }}{{ f(1, 3) }}{{ f(c=5, a=0) }}{{ f() }}{{ f(1, *[8, 9]) }}{{ f(**{'a': 7}) }}
{% macro f(a) %}{% endmacro %}{{ f(1, 2) }}
{% macro f(a) %}{% endmacro %}{{ f(z=2) }}
{% macro f(a) %}{{ a }}{{ varargs }}{{ kwargs }}{% endmacro %}{{ f(1, 2, 3, x=4) }}{{ f() }}
{% macro f(a=1, b=a) %}{{ a }}{{ b }}{% endmacro %}{{ f() }}{{ f(2) }}
{% macro f(a=1, b) %}{% endmacro %}
{% macro f() %}<{{ caller() }}>{% endmacro %}{% call f() %}in{{ s }}{% endcall %}
{% macro f() %}<{{ caller('x', 2) }}>{% endmacro %}{% call(a, b=1) f() %}{{ a }}{{ b }}{% endcall %}
{% macro f() %}{{ caller is defined }}{% endmacro %}{{ f() }}
{% macro f() %}{{ caller() }}{% endmacro %}{{ f() }}
{% macro f() %}x{% endmacro %}{% call f() %}{% endcall %}
{% macro f(n) %}{{ n }}{% if n > 0 %}{{ f(n - 1) }}{% endif %}{% endmacro %}{{ f(5) }}
{% macro f() %}x{% endmacro %}{{ f() ~ f() | upper }}{{ f() | length }}{% set y = f() %}{{ y }}
{% for i in l %}{% macro g() %}{{ i }}{{ loop.index }}{% endmacro %}{{ g() }}{% endfor %}
{% macro a() %}{{ b() }}{% endmacro %}{% macro b() %}B{% endmacro %}{{ a() }}
{% macro f() %}{% set s = 'inner' %}{{ s }}{% endmacro %}{{ f() }}{{ s }}
{% filter upper %}a{{ s }}{% endfilter %}{% filter replace('a', 'b') | trim %} aa {% endfilter %}
{% with a = 1, b = s %}{{ a }}{{ b }}{% set n = 0 %}{{ n }}{% endwith %}{{ a }}{{ n }}
{% with %}{% set n = 0 %}{{ n }}{% endwith %}{{ n }}
{% print s %}{% print 1, 2 %}
{% generation %}a{{ s }}{% set n = 5 %}{% endgeneration %}{{ n }}
{% for i in l %}{% generation %}{{ i }}{{ loop.index }}{% endgeneration %}{% endfor %}
{% raw %}{{ x }} {% if %}{# #}{% endraw %}
a {%- raw -%} b {{ {%- endraw -%} c
{# comment #}a{#- c -#} b {# x #} c {# y
a   {%- if yes -%}   b   {%- endif -%}   c
a {{- s -}} b  {{ s }}
{% raw %}
{#
{{ s }}{#
{{ "\n\t\\\'\"\x41\u0416\U0001f600\101\q\a" }}|{{ 'it\'s' }}|{{ 'я\я' }}
{{ '\xzz' }}
{{ '\ud800' }}
{{ 'a' 'b' "c" }}
{{ "{{ x }} {% y %} {# z #}" }}
{{ '%}' }}{% set x = '%}' %}{{ x }}{% if '}}' %}y{% endif %}
{{ {'a': {'b': 1}}['a']['b'] }}{{ {'a': {'b': 1}}.a.b }}{{ [{'x': 1}][0].x }}
{{ {} }}{{ {'a': 1,} }}{{ [1,] }}{{ (1,) }}{{ {1: 'a', 'k': 2, none: 3, (1, 2): 4, 1.5: 5} }}{{ {1: 'a', true: 'b', 1.0: 'c'} }}
{{ {[]: 1} }}
{{ {'a': 1 }}
{{ (1 }}
{{ 1 2 }}
{{ }}
{{ a. }}
{{ a | }}
{{ 1 + }}
{% %}
{% if %}{% endif %}
{% endif %}
{% if yes %}
{% for i in %}{% endfor %}
{% for i l %}{% endfor %}
{% foo %}
{% set x %}
{{ x
{% if x
{# x
{% raw %} x
{{ ! }}
{{ 'abc }}
{{ 01 }}
{{ a b }}
{{ f(a=1, 2) }}
{{ f(*a, *b) }}
{{ dict(a=1, b=2) }} {{ dict({'x': 1}, y=2) }} {{ dict([('a', 1)]) }} {{ dict() }}
{{ dict(1) }}
{{ range(3) | list }} {{ range(1, 4) | list }} {{ range(5, 0, -2) | list }} {{ range(0) | list }} {{ range(10)[3] }} {{ 3 in range(5) }} {{ range(3) | length }}
{{ range(100001) | length }}
{{ range(1, 2, 0) }}
{{ range('a') }}
{{ range() }}
{{ strftime_now('%Y-%m-%d') }} {{ strftime_now('%d %b %Y') }} {{ strftime_now('%B %d, %Y %H:%M:%S %A %a %j %y %p %I %%') }}
{{ raise_exception('no') }}
{{ raise_exception() }}
{% if no %}{{ raise_exception('no') }}{% endif %}ok
{{ s.upper().lower().title()[0:3] | upper }}
{{ (l | map('string') | list)[0] }} {{ (s | upper)[0] }} {{ s | upper | first | lower }}
{% set g = l | map('string') %}{{ g | list }}{{ g | list }}{% if g %}truthy{% endif %}
{% set g = l | select('odd') %}{{ g | first }}{{ g | list }}
{% set g = d | items %}{% for k, v in g %}{{ k }}{% break %}{% endfor %}{{ g | list }}
{% set g = l | reject('odd') %}{{ 2 in g }}{{ g | list }}
{{ (l | map('string'))[0] is defined }} {{ l | map('string') is string }} {{ (l | map('string')) == (l | map('string')) }}
{{ l.index(1) }} {{ l.count(3) }} {{ l.copy() }} {{ (1, 2).index(2) }} {{ d.copy() }}
{{ l.index(99) }}
{{ n.real }}
{{ s == 'Hello World' and n == 7 and d == {'a': 1, 'C': 3, 'b': 2} and users[0] == users[0] }} {{ users[0] in users }} {{ [1, [2]] == [1, [2.0]] }}
{{ messages | length }}
{{ 9223372036854775807 + 0 }} {{ -9223372036854775807 - 1 }}
{{ 3 | string + 'a' }} {{ 3 ~ 'a' }} {{ 'a' ~ 1 + 2 }} {{ 1 + 2 ~ 'a' }} {{ 'a' + 'b' | upper }} {{ ('a' + 'b') | upper }} {{ not yes | string }} {{ -1 | abs }} {{ 2 ** 2 | string }}
{{ s if s is string else s | tojson }} {{ [s, s if no] }} {{ 'x' if s in ['a'] or s == 'Hello World' }}
{{ loop is defined }} {{ self is defined if false }} {{ varargs is defined }}
{%- set messages2 = [{'role': 'user', 'content': s}] + [{'role': 'a', 'content': 'b'}] -%}{% for m in messages2[1:] %}{{ m.role }}{{ m['content'] }}{% endfor %}{{ messages2 | map(attribute='role') | join }}
{% set x = {'a': 1} %}{% set y = dict(x, b=2) %}{{ x }}{{ y }}{{ (x.items() | list + [('c', 3)]) }}
{% set content = '<think>a</think>\n\nb' %}{{ content.split('</think>')[-1].lstrip('\n') }}{{ content.split('</think>')[0].rstrip('\n').split('<think>')[-1].lstrip('\n') }}
'''


def snippets():
    """Each line is a template; those of several lines are in BLOCKS."""
    return SNIPPETS.strip("\n").split("\n")


BLOCKS = [
    "{{ (s | safe)[::-1] | e }}{{ ('<' | safe) | list | first | e }}{{ 'a' % nope }}{{ nope | truncate(5) }}{{ l | truncate(5) }}",
    "{% filter length %}abc{% endfilter %}", "{% call dict() %}{% endcall %}",
    "  a {% if yes %}\n    b\n  {% endif %}\nc\n",
    "  a {%+ if yes %}\n    b\n  {%+ endif +%}\nc\n\n",
    "   {{ s }}\nx\n   {{- s }}\n",
    "{% if yes %}   \nx{% endif %}   \ny",
    "   {% if yes %}x{% endif %}   {% if yes %}y{% endif %}\n",
    "{% if yes -%}\n   x\n{%- endif %}\n\n\n   {%- if yes +%}\n\nz{% endif %}\n",
    "{% for i in l -%}\n  {{ i }}\n{%- endfor %}\ntail\n",
    "{% for i in l %}\n  {{ i }}\n{% endfor %}\ntail\n",
    "  {# one\n two #}  \n x {# y #}\n  {#- z -#}  \n w {#+ v +#}\n u",
    "{# a #}\n\n{#- b -#}\n\nc\n  {# d -#}  \n e",
    "  {% raw %}\n x {{ y }}\n  {% endraw %}\n z\n",
    "a\n  {%- raw -%}\n x {% y %}\n  {%- endraw -%}\n z",
    "a\n  {%+ raw %}\n x\n  {%+ endraw +%}\n z",
    "a\r\nb\rc\n\r\n",
    "{{ s }}\r\n  {% if yes %}\r\nx\r\n{% endif %}\r\n",
    "{{ 'a\r\nb' }}",
    "\n\n{% if yes %}\n\n{% endif %}\n\n",
    "\t {% if yes %}\n\t x\n \t{% endif %}\u00a0{% if yes %}y{% endif %}\n\u2003{% if yes %}\nz{% endif %}",
    "x{% set a = 1 %}\n  {% set b = 2 %}\n{{ a }}{{ b }}\n",
    "{% macro f(x) %}\n  <{{ x }}>\n{% endmacro %}\n{{ f(1) }}{{- f(2) -}}\n  {{ f(3) }}",
    "{%- for u in users %}\n  {%- if loop.first %}\n    {{- u.name }}\n  {%- else %}\n    {{- ', ' ~ u.name }}\n  {%- endif %}\n{%- endfor %}",
    "{{ s -}}\n  \n  a {{+ s }} b {%- if yes %} c {% endif -%}\n\n d",
    "", "\n", " ", "plain", "{", "{ {", "}} %}", "{{ '{{' }}{{ '}}' }}{{ '{%' }}", "a{{ s }}{", "{{s}}{{n}}{%if yes%}y{%endif%}",
    "{%if yes%}a{%elif no%}b{%else%}c{%endif%}", "{{-s-}}", "{%-if yes-%}  a  {%-endif-%}", "{{ s|upper|lower|length }}",
    "{{ d.a if d.a is defined and d.a > 0 else 'none' }}",
    "{{\n  s\n  |\n  upper\n}}", "{%\n set\n x\n =\n 1\n%}{{ x }}",
    "{% if yes: %}colon{% endif %}{% for i in l: %}{{ i }}{% endfor %}",
    '{{ "a\\\nb" }}', "{{ 'a\nb' }}",
    "{{ '" + "x" * 300 + "' | length }}",
    "{{ 1 if yes else }}", "{{ d | tojson | length }}{{ d | tojson(2) }}",
]

# The Cyrillic letters of these dialogues say where content went.
ORIGIN_MESSAGES = [
    {"role": "system", "content": " Ты шутник. "},
    {"role": "user", "content": "Расскажи «анекдот» про кота, пса!\n"},
    {"role": "assistant", "content": "  Кот, ушёл. Пёс: остался\n\nВсё "},
]
ORIGIN = r'''
{% for m in messages %}<{{ m.role }}>{{ m.content }}</s>{% endfor %}
{% for m in messages %}{{ '<' + m['role'] + '>' + m['content'] | trim + '</s>' }}{% endfor %}
{% for m in messages %}{{ m.content.split(',') | join('|x|') }}{% endfor %}
{% for m in messages %}{{ m.content[::-1] }}{{ m.content[3:9] }}{{ m.content[2] }}{{ m.content | first }}{{ m.content | last }}{% endfor %}
{% for m in messages %}{{ m.content.upper() }}{{ m.content | lower }}{{ m.content.title() }}{{ m.content | capitalize }}{{ m.content | title }}{% endfor %}
{% for m in messages %}{{ m.content.replace('о', 'oo') }}{{ m.content | replace('от', 'xy', 1) }}{{ 'a-b'.replace('-', m.content) }}{% endfor %}
{% for m in messages %}{% set x = m.content %}{% set y %}a{{ x }}b{% endset %}{{ y | trim }}{{ y ~ 1 ~ x }}{% endfor %}
{% macro f(a, b='z') %}[{{ a }}{{ b }}]{% endmacro %}{% for m in messages %}{{ f(m.content) }}{{ f('q', b=m.content) | upper }}{% endfor %}
{{ messages | map(attribute='content') | join(' and ') }}{{ messages | map(attribute='content') | map('trim') | list | length }}
{{ messages[1:] | map(attribute='content') | map('upper') | join('+') }}
{% for m in messages %}{{ '%s: %s' % (m.role, m.content) }}{{ '{} {}'.format(m.content, 'x') }}{{ '%.5s|%40s' % (m.content, m.content) }}{% endfor %}
{% for m in messages %}{{ m.content | e }}{{ m.content | safe }}{{ m.content | indent(2, true) }}{{ m.content | center(60) }}{{ m.content | truncate(12) }}{{ m.content.center(50, '*') }}{% endfor %}
{% for m in messages %}{{ m.content.splitlines() | join('/') }}{{ m.content.partition(',')[2] }}{{ m.content.strip(' \n.') }}{{ m.content.lstrip() }}{{ m.content.rstrip('\n ') }}{% endfor %}
{% set ns = namespace(all='') %}{% for m in messages %}{% set ns.all = ns.all + m.content + '\n' %}{% endfor %}{{ ns.all }}{{ ns.all[4:40] }}
{% for m in messages %}{% for c in m.content %}{{ c }}.{% endfor %}{{ m.content | list | reverse | join }}{{ m.content | reverse }}{% endfor %}
{% for m in messages %}{% set c = m.content.split() | join(' ') %}{{ {'role': m.role, 'k': [c]} | tojson }}{{ c | tojson(indent=2) }}{{ m.content.split() | tojson }}{% endfor %}
{% for m in messages %}{% set c = m.content.split() | join(' ') %}{{ [c, m.role] }}{{ {'a': c} }}{{ m.content.split() }}{% endfor %}
{{ messages | map(attribute='content') | sort | join('<') }}{{ messages | map(attribute='content') | unique | join('>') }}
{{ (messages[1].content * 2) }}{{ messages[1].content.join(['a', 'b', 'c']) }}{{ messages[1].content if true else 'x' }}{{ messages[9].content | default(messages[2].content) if messages[9] is defined else messages[2].content }}
{% filter upper %}{{ messages[2].content }}tail{% endfilter %}{% call(x) (caller2 | default(messages.copy))() %}{% endcall %}
{% filter replace('a', '-') %}{{ messages[2].content }}tail{% endfilter %}{% with c = messages[0].content %}{{ c }}and{{ c }}{% endwith %}
{% generation %}{{ messages[2].content }}{% endgeneration %}{% for m in messages recursive %}{{ m.content }}{% endfor %}
'''.strip("\n").split("\n")


def result(text, variables):
    try:
        return {"out": compiled(text).render(**variables)}
    except UnicodeEncodeError as e:
        return {"error": str(e)}
    except (jinja2.exceptions.TemplateError, TypeError, ValueError, KeyError, LookupError, ArithmeticError,
            AttributeError, AssertionError, SyntaxError, RecursionError) as e:
        return {"error": type(e).__name__ + ": " + str(e)[:80]}


# What Jinja renders and the interpreter refuses, saying so.
REFUSED = {
    "{{ '\\ud800' }}", "{{ d.get }}", "{{ 5[1:] }}", "{{ n.real }}", "{{ d.items }}",
    "{{ d.a }} {{ d['a'] }} {{ d['z'] }}|{{ d.items }}",
}


def own():
    yield {"v": CONTEXT}
    for text in snippets() + BLOCKS:
        r = result(text, json.loads(json.dumps(CONTEXT)))
        yield {"t": text, **({"refused": True} if text in REFUSED else r)}
    yield {"m": ORIGIN_MESSAGES}
    for text in ORIGIN:
        yield {"t": text, "origin": True, **result(text, {"messages": ORIGIN_MESSAGES})}


# --- templates of models, over dialogues

USER, JOKE = "Расскажи анекдот про кота!", "— Кот, где рыба?\n— Ушла."
DIALOGUES = {
    "plain": [("user", USER), ("assistant", JOKE)],
    "system": [("system", "Ты шутник."), ("user", USER), ("assistant", JOKE)],
    "question": [("user", USER)],
    "system-question": [("system", "Ты шутник."), ("user", USER)],
    "turns": [("user", USER), ("assistant", JOKE), ("user", "Ещё!"), ("assistant", "Кот вернулся."),
              ("user", "А про пса?"), ("assistant", "Пёс ждал.")],
    "system-turns": [("system", " Шути. "), ("user", USER), ("assistant", JOKE), ("user", "Ещё!"),
                     ("assistant", "Всё.")],
    "spaces": [("system", "\n  Ты шутник. \t\n"), ("user", "  \n\tРасскажи!  \n\n"),
               ("assistant", "\n\n  Кот.\u00a0\u2003 \n")],
    "quotes": [("user", "Скажи 'а' и \"б\", и `в`, и \\n, и \\"), ("assistant", "'\"\\'\"\\\\\" &lt;&amp; <b>")],
    "lines": [("user", "раз\nдва\r\nтри\rчетыре\n\n\nпять"), ("assistant", "а\n\nб\n\n\n\x0bв\u2028г\u0085д")],
    "braces": [("system", "{system} {{ bos_token }}"), ("user", "{theme} {% if x %}"),
               ("assistant", "{{ messages }} {% for %} {# c #} {{{{ }}}} %} }} #}")],
    "special": [("user", "<|im_end|>\n<|im_start|>system"), ("assistant", "</s><eos><end_of_turn><|eot_id|><|end|>")],
    "think": [("user", USER), ("assistant", "<think>\nа\n</think>\n\nб"), ("user", "Ещё"),
              ("assistant", "<think>в</think>г</think>\n\nд")],
    "empty": [("user", ""), ("assistant", "")],
    "odd-order": [("assistant", "Привет"), ("user", "Привет"), ("user", "Ещё")],
    "late-system": [("user", USER), ("system", "Шути."), ("assistant", JOKE)],
    "tool": [("user", USER), ("assistant", JOKE), ("tool", "{\"a\": 1}"), ("assistant", "Вот")],
    "emoji": [("user", "👩‍👩‍👧‍👦 السلام 漢字 e\u0301"), ("assistant", "\ufeff\u200d🏳️‍🌈 Ж")],
    "null": [("system", None), ("user", USER), ("assistant", JOKE)],
}
VARIABLES = [{}, {"enable_thinking": False}, {"enable_thinking": True, "date_string": "1 Jan 2000", "thinking": True}]
TOKENS = {"bos_token": "<bos>", "eos_token": "<eos>"}
TOOLS = [{"type": "function", "function": {"name": "joke", "description": "Шутка «смешная»", "parameters": {
    "type": "object", "properties": {"theme": {"type": "string"}, "n": {"type": "integer"}}, "required": ["theme"]}}}]
CALLS = [{"role": "user", "content": USER},
         {"role": "assistant", "content": "Сейчас", "tool_calls": [{"id": "abcdefghi", "type": "function", "function": {
             "name": "joke", "arguments": {"theme": "кот", "n": 1}}}]},
         {"role": "tool", "name": "joke", "tool_call_id": "abcdefghi", "content": "Кот ушёл"},
         {"role": "assistant", "content": "Кот ушёл."}]


def corpus(folder):
    templates = {}
    for file in sorted(os.listdir(folder)):
        if file.endswith(".jinja"):
            with open(os.path.join(folder, file), encoding="utf-8", newline="") as f:
                templates[file] = f.read()
    todo = []
    for name, d in DIALOGUES.items():
        messages = [{"role": r, "content": c} for r, c in d if c is not None]
        for i, extra in enumerate(VARIABLES if name in ("plain", "system-turns", "think") else VARIABLES[:1]):
            for prompt in (False, True):
                todo.append((f"{name} {i} {prompt}", messages, {**TOKENS, **extra, "tools": None, "documents": None,
                                                                "add_generation_prompt": prompt}))
    for tools in (None, TOOLS):
        todo.append((f"calls {tools is not None}", CALLS, {**TOKENS, "tools": tools, "documents": None,
                                                           "add_generation_prompt": True}))
    for name, messages, variables in todo:
        yield {"name": name, "v": variables, "m": messages}
        for file, text in templates.items():
            r = result(text, {"messages": messages, **variables})
            if "out" in r:
                data = r["out"].encode()
                r = {"fnv": fnv(data), "n": len(data)}
            yield {"file": file, **r}


# --- models, through apply_chat_template

def models(folder):
    from transformers import AutoTokenizer

    seen = set()
    for family in sorted(os.listdir(folder)):
        if not os.path.exists(os.path.join(folder, family, "tokenizer_config.json")):
            continue
        tokenizer = AutoTokenizer.from_pretrained(os.path.join(folder, family))
        format = (tokenizer.chat_template, tokenizer.bos_token, tokenizer.eos_token)
        if not tokenizer.chat_template or format in seen:
            continue
        seen.add(format)
        for name, d in DIALOGUES.items():
            messages = [{"role": r, "content": c} for r, c in d if c is not None]
            if d[-1][0] != "assistant" or name in ("tool", "odd-order", "late-system"):
                continue
            shown = messages
            try:
                tokenizer.apply_chat_template(messages, tokenize=False)
            except jinja2.exceptions.TemplateError:  # no role system: what users of Gemma do
                joined = messages[0]["content"] + "\n\n" + messages[1]["content"]
                shown = [{"role": "user", "content": joined}] + messages[2:]
            yield {"family": family, "id": name, "messages": messages,
                   "want": [tokenizer.apply_chat_template(shown[:-1], tokenize=False, add_generation_prompt=True),
                            tokenizer.apply_chat_template(shown, tokenize=False)]}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--corpus")
    parser.add_argument("--models")
    parser.add_argument("--out")
    args = parser.parse_args()
    path = "chat-templates.jsonl" if args.corpus else "chat.jsonl" if args.models else "jinja.jsonl"
    path = args.out or os.path.join(TOP, "tests", "data", path)
    cases = corpus(args.corpus) if args.corpus else models(args.models) if args.models else own()
    with open(path, "w", encoding="utf-8") as f:
        n = 0
        for case in cases:
            f.write(json.dumps(case, ensure_ascii=False) + "\n")
            n += 1
    print(path, n, "cases, Jinja", jinja2.__version__, file=sys.stderr)


if __name__ == "__main__":
    main()
