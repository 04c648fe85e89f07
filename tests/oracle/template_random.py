#!/usr/bin/env python3
"""Random templates and what Jinja makes of them, as lines for
build/tests/unit/jinja.  usage: template_random.py SEED COUNT >FILE"""

import json
import random
import signal
import sys

import template as T

r = random.Random(int(sys.argv[1]))
N = int(sys.argv[2])
NAMES=["s","empty","n","neg","x","yes","no","nil","l","words","nested","d","users","u","padded","csv","mixed","nope","multi"]
FILT0=["upper","lower","title","capitalize","trim","length","first","last","list","sort","unique","reverse","int","float","abs","round","string","tojson","e","safe","min","max","sum","join","items","dictsort","default","indent","d","count"]
TESTS0=["defined","undefined","none","string","mapping","iterable","sequence","number","boolean","true","false","integer","float","odd","even","callable","lower","upper","escaped"]
METH=["upper()","lower()","title()","capitalize()","strip()","lstrip()","rstrip()","split()","split(',')","split('a', 1)","rsplit(' ', 1)","startswith('H')","endswith('d')","replace('o', '0')","replace('l', '', 1)","find('o')","items()","keys()","values()","get('a')","get('z', 1)","splitlines()","join(words)","count('l')","index(1)","isdigit()","isalpha()","strip('a ')","swapcase()","name","a","b","tag","k","foo","zfill(3)","copy()","isupper()","islower()","format(1)","partition(',')","center(9)","rfind('l')","append(1)"]


def const():
    return r.choice(["0","1","2","-1","3","1.5","0.0","'a'","''","'o'","' '","'Hello World'","true","false","none","[]","{}","[1,2]","{'a':1}","(1,2)","10","'1'","'%s'","','"])


def expr(d):
    if d<=0:
        return r.choice([r.choice(NAMES),r.choice(NAMES),const()])
    k=r.randrange(17)

    def e():
        return expr(d - 1)

    if k==0:
        return "(%s %s %s)"%(e(),r.choice(["+","-","*","/","//","%","**","~","~","+"]),e())
    if k==1:
        return "(%s %s %s)"%(e(),r.choice(["==","!=","<",">","<=",">=","in","not in"]),e())
    if k==2:
        return "(%s %s %s)"%(e(),r.choice(["and","or"]),e())
    if k==3:
        return "(not %s)"%e()
    if k in(4,5,6):
        return "(%s | %s)"%(e(),r.choice(FILT0))
    if k==7:
        return "(%s | %s)"%(e(),r.choice(["join(%s)"%const(),"replace(%s, %s)"%(const(),const()),"default(%s, true)"%e(),"map('%s')"%r.choice(FILT0),"map('%s') | list"%r.choice(FILT0),"select('%s') | list"%r.choice(TESTS0),"reject('%s') | list"%r.choice(TESTS0),"map(attribute=%s) | list"%const(),"selectattr(%s) | list"%r.choice(["'name'","'on'","'age'"]),"sort(attribute='age')","sort(reverse=true)","round(%s)"%const(),"batch(2) | list","int(%s)"%const(),"trim(%s)"%const(),"tojson(indent=2)","truncate(5)","indent(%s)"%const(),"sum(start=%s)"%const(),"unique | list","dictsort(by='value')","format(%s)"%e(),"attr('a')","center(9)"]))
    if k==8:
        return "(%s is %s%s)"%(e(),r.choice(["","not "]),r.choice(TESTS0))
    if k==9:
        return "(%s is %s %s)"%(e(),r.choice(["eq","ne","lt","gt","le","ge","in","divisibleby","sameas"]),r.choice([const(),r.choice(NAMES)]))
    if k in(10,11):
        return "%s.%s"%(r.choice([r.choice(NAMES),"(%s)"%e()]),r.choice(METH))
    if k==12:
        return "%s[%s]"%(r.choice([r.choice(NAMES),"(%s)"%e()]),r.choice([const(),const(),e()]))
    if k==13:
        return "%s[%s:%s]"%(r.choice(["s","l","u","words","(%s)"%e()]),r.choice(["","1","-2","9"]),r.choice(["","2","-1",":-1",":2","99","-9:-2"]))
    if k==14:
        return "(%s if %s else %s)"%(e(),e(),e())
    if k==15:
        return r.choice(["[%s, %s]"%(e(),e()),"{'k': %s, %s: 1}"%(e(),const()),"(%s, %s)"%(e(),e()),"[%s]"%e(),"{%s: %s}"%(e(),e())])
    return "(-%s)"%e()
V=["a","v","w"]




def txt():
    return r.choice(["","t"," ","\n","  \n","\n  ","x y\n","  "])


def stmt(d):
    k=r.randrange(14)

    def b():
        return body(d - 1)

    def o(t):
        return "{%"+r.choice(["","","-"])+" "+t+" "+r.choice(["","","-"])+"%}"
    if d<=0 or k<4:
        return "{{"+r.choice(["","","-"])+" "+expr(2)+" "+r.choice(["","","-"])+"}}"
    if k==4:
        return o("set %s = %s"%(r.choice(V+["n","s"]),expr(2)))
    if k==5:
        return o("if "+expr(2))+b()+(o("elif "+expr(1))+b() if r.random()<.3 else "")+(o("else")+b() if r.random()<.5 else "")+o("endif")
    if k in(6,7):
        return o("for %s in %s%s"%(r.choice(V+["a, v"]),r.choice(["l","words","users","d.items()","range(3)","nested",expr(2)]),r.choice(["",""," if "+expr(1)])))+b()+r.choice(["","{{ loop.index }}{{ loop.last }}","{% if loop.first %}{% continue %}{% endif %}","{% break %}"," {{ loop.nextitem }}"])+(o("else")+b() if r.random()<.2 else "")+o("endfor")
    if k==8:
        return o("set %s%s"%(r.choice(V),r.choice([""," | upper"," | trim"])))+b()+o("endset")
    if k==9:
        return "{% macro m"+"(p, q=%s) %%}"%const()+b()+"{{ p }}{{ q }}{% endmacro %}"+"{{ m(%s) }}"%r.choice([expr(1),"","1, 2","q=%s"%expr(1)])
    if k==10:
        return "{% set ns = namespace(c="+const()+") %}{% for i in l %}{% set ns.c = "+expr(1)+" %}{% endfor %}{{ ns.c }}"
    if k==11:
        return o("with a = "+expr(1))+b()+o("endwith")
    if k==12:
        return o("filter "+r.choice(["upper","trim","replace('a','b')","length"]))+b()+o("endfilter")
    return "{# c #}"+txt()


def body(d):
    return "".join(txt()+stmt(d) for _ in range(r.randrange(1,3)))+txt()
print(json.dumps({"v":T.CONTEXT}))


class TimedOut(Exception):
    pass


def timed_out(*_):
    raise TimedOut()


signal.signal(signal.SIGALRM, timed_out)
for i in range(N):
    t = "{{ "+expr(3)+" }}" if i%2 else body(3)
    signal.setitimer(signal.ITIMER_REAL,2)
    try:
        res=T.result(t,json.loads(json.dumps(T.CONTEXT)))
        if "out" in res and len(res["out"])>20000: continue
        json.dumps(res).encode('utf8')
    except TimedOut: continue
    except Exception as e:
        res={"error":type(e).__name__+str(e)[:60]}
    finally: signal.setitimer(signal.ITIMER_REAL,0)
    print(json.dumps({"t":t,**res},ensure_ascii=True))
