#!/bin/sh
# jk-clean's repairs one by one, the options around them, themes, the summary.
# shellcheck source=tests/lib.sh
. "$(dirname "$0")/lib.sh"
cd "$TMP" || exit 1

# one TEXT: what becomes of it, as JSON
one() {
	printf '%s' "$1" | jq -Rsc '{text:.}' | jk-clean --quiet -f jsonl |
		jq -c .text
}
same() { is "$(one "$1")" "$(printf '%s' "$1" | jq -Rs .)" "stays: $1"; }
to() { is "$(one "$1")" "$2" "$1"; }
nl='
'
to '&laquo;Да&raquo; &amp;mdash; &#8212; &#x41f; &#151; 5 &lt; 6&nbsp;&quot' '"«Да» — — П — 5 < 6 \""'
to '&#0000001055;&#x000000041f;' '"ПП"'
same '&#99999999999999999999; &#x110000;'
to 'Раз<br>два<BR />три<p>четыре</p><b>пять</b>' '"Раз\nдва\nтри\nчетыре\nпять"'
to '[quote="Кот"]Ты где?[/quote][b]Тут[/B], [url=http://x.ru]и там[/url].' '"Ты где?\nТут, и там."'
same 'Итого [b]: 5 [x], [/i] и [I]. [b'
to 'Раз\nдва\\nтри \"да\" \u041f\u0440' '"Раз\nдва\nтри \"да\" Пр"'
to 'Привет&! Как&?' '"Привет! Как?"'
to 'Раз  два	три  ' '"Раз два три"'
to "Раз$nl$nl$nl${nl}два" '"Раз\n\nдва"'
to 'Cеpый вoлк, Wоrd' '"Серый волк, Word"'
to 'РџСЂРёРІРµС‚, РјРёСЂ!' '"Привет, мир!"'
to 'бНБНВЙЮ ЯОПНЯХКЮ С ОЮОШ' '"Вовочка спросила у папы"'
to 'бнбнвйю яопняхкю с оюош' '"ВОВОЧКА СПРОСИЛА У ПАПЫ"'
to '18. Штирлиц шёл по лесу.' '"Штирлиц шёл по лесу."'
to "Анекдот №18:${nl}Штирлиц шёл." '"Штирлиц шёл."'
to 'Конец. http://anekdot.ru/id/1' '"Конец."'
to 'Конец ... -->>' '"Конец ..."'
to 'О чём говорит конь?- Да ни о чём.- А всё же?–Да!' '"О чём говорит конь?\n- Да ни о чём.\n- А всё же?\n–Да!"'
to 'Он взял её за руку.Молодой он был:- Пойдём!' '"Он взял её за руку.\nМолодой он был:\n- Пойдём!"'
to 'пРИВЕТ, кАК дЕЛА?' '"Привет, Как Дела?"'
to 'нАПИСАЛ С ЗАЖАТЫМ КАПСЛОКОМ, ДАЖЕ НЕ ЗАМЕТИЛ.' '"Написал с зажатым капслоком, даже не заметил."'
to 'вОВОЧКА НА мкадЕ УСТАНОВИЛ wINDOWS.' '"Вовочка на МКАДе установил Windows."'
to 'Смoтpю Windоws и Googlе' '"Смотрю Windows и Google"'
to 'Hy, здpaвcтвyйтe, Ha yтpo He пpишёл, a жaль ee.' '"Ну, здравствуйте, На утро Не пришёл, а жаль ее."'
to 'Жми SETUP.ЕXЕ и HELP.ТХT' '"Жми SETUP.EXE и HELP.TXT"'
to 'Ставлю DOS.Hа нём всё.' '"Ставлю DOS.\nНа нём всё."'
to 'XІІ и ХХІV век, MІ5, ІNTЕRNET, Іvan' '"XII и XXIV век, MI5, INTERNET, Ivan"'
to '3дpaвcтвyй, 6paт! 0н yшёл дoмoй, 3a вcё.' '"Здравствуй, брат! Он ушёл домой, за всё."'
to "Сло-${nl}во не воро-${nl}бей." '"Слово не воробей."'
to "по-${nl}моему, ха-${nl}ха, кто-${nl}то, из-${nl}за, какой- нибудь" '"по-моему, ха-ха, кто-то, из-за, какой-нибудь"'
to "мини-${nl}юбка, мини-${nl}мум, два-${nl}три три-${nl}буны, мужи-${nl}ка, скажи-${nl}ка, светло-${nl}го светло-${nl}голубого" \
	'"мини-юбка, минимум, два-три трибуны, мужика, скажи-ка, светлого светло-голубого"'
to "почему: по-${nl}чему, мес-${nl}то, бул-${nl}ка, ма-${nl}ма" '"почему: почему, место, булка, мама"'
to 'Пил чай.Потом устал.Уснул.' '"Пил чай.\nПотом устал.\nУснул."'
to 'Привет!Как дела?Хорошо...Ладно.' '"Привет!\nКак дела?\nХорошо...\nЛадно."'
# a letter in front says who speaks
to 'Едут псы.П: Где кот?К: Там.П: Тут?' '"Едут псы.\nП: Где кот?\nК: Там.\nП: Тут?"'
to 'Кот (К) и пёс едут домой.(К) - Мяу!(П): Гав.Потом уснули.' \
	'"Кот (К) и пёс едут домой.\n(К) - Мяу!\n(П): Гав.\nПотом уснули."'
same 'Кот.(Пёс) Ел.(К)от и пёс.К:12'
# a quote that opens goes along with its sentence
to 'Сел кот у двери.- Открой!"Не слышит",- подумал он.' \
	'"Сел кот у двери.\n- Открой!\n\"Не слышит\",- подумал он."'
to 'Кричит:"Мяу!"Тишина."Мяу!"Никого нет.Тут он:- Ну и ладно.' \
	'"Кричит:\"Мяу!\"\nТишина.\n\"Мяу!\"\nНикого нет.\nТут он:\n- Ну и ладно."'
to 'Ушёл за хлебом.«Мяу!» - кричит кот.Потом спит.' '"Ушёл за хлебом.\n«Мяу!» - кричит кот.\nПотом спит."'
same 'Сказал ему: "- Ну и ладно, а можно так "- Пойдём!'
same 'Сказал ему “- Ну и ладно”, и ушёл.'
# where all lines are replies, sentences inside of one lost a space
same "- Кот!Кот!Я здесь!${nl}- Вижу."
same "- Кот спит.Давно пора ужинать.${nl}- Пора."
same "- Алло,кот.Тут пёс звонил по делу.${nl}- Да,слышу."
same "- Меня зовут Кот.Просто.${nl}- Ясно."
same "- Ну,-начинает мама.-Жил-был кот.${nl}- Страшно."
same "- Встал?- Кивнул он коту.- Иди ешь!${nl}- Иду."
to "- Ты где?Кот молчит и думает.${nl}- Ну?" '"- Ты где?\nКот молчит и думает.\n- Ну?"'
to "- Ты где?Я из кухни:${nl}- Там." '"- Ты где?Я из кухни:\n- Там."'
to "- Ты где?Кот из кухни:${nl}- Там." '"- Ты где?\nКот из кухни:\n- Там."'
# so has one of who speaks, in any line of speech; and one in a quotation
to 'Сидят коты.- Нам пора.Тебе пора.- Да!Кот встал.' '"Сидят коты.\n- Нам пора.Тебе пора.\n- Да!\nКот встал."'
to 'Сидят коты.- Видишь пса?Он спит?- Да.Думаю так.' '"Сидят коты.\n- Видишь пса?Он спит?\n- Да.Думаю так."'
to 'Сидят коты.Первый встал.-...Пойду я!' '"Сидят коты.\nПервый встал.-...Пойду я!"'
to 'Сидят коты.- Где пёс?Первый молчит.Второй думает: - Там.' \
	'"Сидят коты.\n- Где пёс?\nПервый молчит.\nВторой думает: - Там."'
to 'Орут «Коты!Сюда!» и спят.Потом едят.Потом поют.' '"Орут «Коты!Сюда!» и спят.\nПотом едят.\nПотом поют."'
to 'Орут "Коты!Сюда!" и спят.Потом едят.Потом поют.' '"Орут \"Коты!Сюда!\" и спят.\nПотом едят.\nПотом поют."'
same 'Открой!- Кричит кот.'
same 'Открой!- Говорит кот, и спит.'
to 'А он?- Говорит, что спит.' '"А он?\n- Говорит, что спит."'
same 'Кот спит. :-Е - вот'
to "- Привет,${nl}- сказал он.${nl}- Да?${nl}— спросила она." '"- Привет, - сказал он.\n- Да? — спросила она."'
to 'Кот спит. #юмор #анекдот' '"Кот спит."'
to "#юмор #кот${nl}Кот спит.${nl}#смех" '"Кот спит."'
to "Лифт молчит.${nl}© Автор Пример" '"Лифт молчит."'
to 'Лифт молчит.© Автор Пример' '"Лифт молчит."'
to 'Лифт молчит!(c) primer' '"Лифт молчит!"'
to "Раз.${nl}$(printf '%0300d' 0) лифтов?(С)И. Пример" "\"Раз.\\n$(printf '%0300d' 0) лифтов?\""
same 'Лифт молчит. © ЖЭК'
same 'Лифт молчит.© Народная мудрость'
same 'Сантехник (С) и лифт (Л).(С) Едешь'
to "Чай остыл.${nl}Подписывайтесь: t.me/example" '"Чай остыл."'
to "Всё.${nl}${nl}@jokes_channel" '"Всё."'
to 'Всё. Подписывайся на наш канал!' '"Всё."'
to "Анекдот дня (https://x.ru/1) про кота${nl}Кот спит." '"Анекдот дня про кота\nКот спит."'
is "$(printf '{"text":"Первый анекдот, про кота.\\n***\\nВторой анекдот, про пса."}' |
	jk-clean --quiet | jq -c '[.text,.source]')" \
	'["Первый анекдот, про кота.","<stdin>:1.1"]
["Второй анекдот, про пса.","<stdin>:1.2"]' "glued jokes"

# glued CUT N: N jokes in one text, "%d" in the cut stands for their number
glued() {
	awk -v cut="$1" -v n="$2" 'BEGIN {
		printf "{\"text\":\""
		for (i = 1; i <= n; i++) {
			if (i > 1 || cut ~ /%d/)
				printf cut, i
			printf "Кот номер %d спит на диване.", i
		}
		print "\"}"
	}'
}
for n in 255 256 257 1000 100000; do
	seq "$n" | sed 's/.*/Кот номер & спит на диване./' >want
	for cut in '\\n---\\n' ' *** ' '\\n\\n%d. '; do
		glued "$cut" "$n" |
			jk-clean --quiet --max-row-size=16777216 >records
		jq -r .text records | cmp - want
		ok $? "$n jokes with '$cut' between: each is there, once, in order"
	done
done

for text in 'x < 5 и y > 3, <3, <Вася>, <html>, a && b' ':-) :) &) ;-) ^_^ ¯\_(ツ)_/¯' \
	'какой-то кто-нибудь 9-10, 5–6 лет, 2.-3. страница' 'Это — жизнь – и всё - тут.' \
	"iPhone'ы, CD-диск, IT-шник, X-лучи, PCшник, SMSка, WoW" 'C:\new\table и printf("a\n");' \
	'Ж.- П. Рихтер и А.-С. Пушкин' 'НА ХУ&! @#$%&!' '1. Раз. 2. Два. 3. Три.' '1941. Окоп.' \
	'Зайди на http://anekdot.ru' 'Скачай «Да»: www.ru.com' 'Да!- сказал он.' \
	"Заголовок${nl}-----${nl}Длинный текст под ним, и ещё." 'Он *** такой, этот ***!' \
	'И тут он: <BR>, как холодно!' '👨‍👩‍👧 и ❤️' 'AT&T &copy=1 R&B' 'Температура:-10' \
	'Письмо «РџСЂРё» пришло ко мне вчера вечером.' 'Ліхтар і їжак' \
	'Ты оПЯТЬ не тому дала, дура!' 'оПХБЕР' 'нАДО ЖЕ, Смотри' \
	'iПотека' 'eПочта' 'Закрыли Facebookа и Twitterа.' 'в YouTubeе' \
	'Гуляет какToyota.' 'hereКак-то раз зашёл.' 'Купил Mac и PC, а он: OK.' \
	'H2O и x < 5' '3D-шоу, 6а класс, 3ноября' 'Раз.1.Пропускаю' \
	'т.е.Он, ул.Ленина, А.С.Пушкин, г.Москва, проф.Иванов' \
	'Купил Яндекс.Станция и рад.' 'Газета.Ру и Mail.Ru' 'Ну...Вот' \
	"- Я не зна-${nl}- Что?" "Жили-были.${nl}- все умерли." 'Я за #мир' '#юмор' \
	"- Ну как?${nl}- Подписывайся на канал!" "Зашёл на https://anekdot.ru и ушёл${nl}Вот так." 'Біміні' '64-бітні цілі' 'ООООООО' 'ЭЭЭЭЭЭЭ' 'РЕЙХСФЮРЕР' \
	'ФСБ, МВД, ГИБДД, РЖД' 'ъезд съездов, объём' 'Сё, Рё, Сё и Рё' \
	'бѣлый хлѣбъ и ѳита' 'за́мок' 'Дзякуй, у мяне ўсё ёсць' 'кАмЕл КеЙс' \
	'Добър ден, къде е гърнето?' 'El pingüino bebió whisky' \
	'Sunucu sürümü: Größe'; do
	same "$text"
done

# --- last lines that records share
shared() { seq "$1" | awk -v line="$2" '{ printf "{\"text\":\"Шутка %d о коте.\\n\\n%s\"}\n", $1, line }'; }
is "$(shared 8 'Весёлый канал\\nЖми' | jk-clean --quiet --summary=s.json | jq -r .text | uniq -c | awk '{ print $1 }' | sort -u
	jq -c '[.repairs."last-lines", .files[0].last_lines]' s.json)" \
	'1
[{"rows":8,"changes":16},["Жми","Весёлый канал"]]' "two last lines of eight records"
is "$(shared 300 'Весёлый канал' | jk-clean --quiet | jq -r .text | grep -c канал)" 0 \
	"and those behind the first records"
is "$(shared 7 'Весёлый канал' | jk-clean --quiet | jq -r .text | grep -c канал)" 7 \
	"seven records are too few"
is "$(shared 300 'Весёлый канал' | jk-clean --quiet --skip=last-lines | jq -r .text | grep -c канал)" 300 \
	"--skip=last-lines"
is "$({ shared 8 'Весёлый канал'; seq 4 | sed 's/.*/{"text":"Раз.\\nДва & три."}/'; } |
	jk-clean --quiet | jq -r .text | grep -c канал)" 8 "two of three are not nearly all"
is "$(seq 20 | sed 's/.*/{"text":"Раз.\\nДва."}/' | jk-clean --quiet | jq -r .text | grep -c Два)" \
	20 "one joke many times has no such line"
is "$({ shared 9 'Весёлый канал'; echo '{"text":1'; } | jk-clean --quiet 2>err | jq -r '.text // empty' | wc -l
	grep -c ':10:' err)" '9
1' "what was read before a bad row is written"

# --- the options
printf '{"text":"A&amp;B <b>Раз</b>  два"}\n' >t
is "$(jk-clean --quiet --skip=entities,markup t | jq -r .text)" 'A&amp;B <b>Раз</b> два' --skip
is "$(jk-clean --quiet --only=entities t | jq -r .text)" 'A&B <b>Раз</b>  два' --only
fails 2 "no repair is called 'nix'" "an unknown repair" jk-clean --skip=nix t
fails 2 'not both' "--skip and --only" jk-clean --skip=nbsp --only=nbsp t
is "$(jk-clean --list-repairs | wc -l)" 23 --list-repairs
for r in $(jk-clean --list-repairs | cut -d' ' -f1); do
	grep -q "Cm $r\$" "$TOP/man/jk-clean.1"
	ok $? "the manual page explains $r"
	jk-clean --quiet --skip="$r" t >out
	ok $? "--skip=$r"
done
jk-clean --quiet --summary=s.json t >out
is "$(jq -c '[.rows,.records,.rows_changed,.repairs.entities,.repairs.markup,.repairs.spaces,.repairs.nbsp.rows,.files[0].encoding]' s.json)" \
	'[1,1,1,{"rows":1,"changes":1},{"rows":1,"changes":2},{"rows":1,"changes":1},0,"UTF-8"]' --summary

# --- themes
cat >table <<'EOF'
# mine
pro-kotov	котов и кошек
raznie всё на свете

pro-studentov
EOF
themes() { for t; do printf '{"theme":"%s","text":"Раз."}\n' "$t"; done; }
is "$(themes pro-studentov pro-vovochku aforizmi pro-rybov 'про рыб' 'Про что-то' World\ of\ Warcraft '' |
	jk-clean --quiet --summary=s.json 2>err | jq -c .theme | tr '\n' ' '; jq -c .themes s.json)" \
	'"студентов" "Вовочку" null null "рыб" "что-то" "World of Warcraft" null {"mapped":2,"as_given":3,"none":2,"unmapped":1,"by_rule":0,"unmapped_slugs":{"pro-rybov":1}}' \
	"themes"
grep -q '1 records have a theme that no table maps.*: pro-rybov (1)' err
ok $? "an unmapped slug is reported"
is "$(themes pro-kotov raznie pro-studentov | jk-clean --quiet --themes=table | jq -c .theme | tr '\n' ' ')" \
	'"котов и кошек" "всё на свете" null ' --themes
is "$(themes pro-rybov ' pro-rybov' 'про pro-rybov ' | jk-clean --quiet --summary=s.json >out 2>&1
	jq -c .themes.unmapped_slugs s.json)" '{"pro-rybov":3}' \
	"a slug is one, however it is written"
# what sites and dumps write instead of a phrase
while IFS='=' read -r given want; do
	is "$(jq -nc --arg t "$given" '{theme:$t,text:"Раз."}' | jk-clean --quiet 2>err |
		jq -r '.theme // "-"')" "$want" "theme: $given"
done <<'EOF'
["коты", "сон"]=коты
['юмор', 'Армия']=армию
["\u0436\u0443\u043a"]=жук
коты, сон=коты
разное; Программисты=программистов
#юмор #новые_русские=новых русских
#такси=такси
#НовыеРусские=новых русских
еда=еду
врачи=врачей
вовочка=Вовочку
мужчины и женщины=мужчин и женщин
кота=кота
доктора=доктора
деньги=деньги
муж с женой=муж с женой
Вовочка=Вовочку
Вовочку=Вовочку
АРМИЯ=армию
Программисты=программистов
Велосипедисты=велосипедистов
Врачи=врачей
Муж и жена=мужа и жену
Злая тёща=злую тёщу
Стройные девушки=стройных девушек
Военная техника=военную технику
Анекдоты про студентов=студентов
Анекдоты о студентах=студентов
Шутки об армии=армию
Студенческие анекдоты=студентов
Тема: Школа=школу
Анекдоты / Армия=армию
про мужа, жену и тёщу=мужа, жену и тёщу
Юмор=-
Чёрный юмор=-
Анекдоты=-
[]=-
Гуппи=-
pro-pozharnyh=пожарных
pro-praporshhikov=прапорщиков
oficziantki=официанток
pro-ehkzamen=экзамен
pro-zhenshchin=женщин
anekdoty-pro-vrachey=врачей
o-studentah=студентов
pro-muzha-i-zhenu=мужа и жену
shkolnye-anekdoty=школу
shtirlitz=Штирлица
pro-xyz=-
EOF

# --- rules
printf '# mine\nкотов\t(?i)\\bкот\n\nпсов\tпёс|собак\n' >rules
is "$(printf '{"text":"Кот и собака."}\n{"text":"Пёс и собака."}\n{"text":"Муха."}\n{"text":"Кот.","theme":"сон"}\n' |
	jk-clean --quiet --theme-rules=rules --summary=s.json | jq -r '.theme // "-"' | tr '\n' ' '
	jq -c .themes.by_rule s.json)" 'котов псов - сон 2' --theme-rules
printf 'котов кот\n' >bad
fails 3 'bad:1: a rule is a theme, a tab' "a rule without a tab" jk-clean --theme-rules=bad t
printf 'котов\t(кот\n' >bad
fails 3 'bad:1: ' "a broken expression" jk-clean --theme-rules=bad t
fails 1 'nix' "no rules" jk-clean --theme-rules=nix t
is "$(printf '{"text":"Штирлиц шёл."}\n' | jk-clean --quiet --theme-rules="$TOP/pipelines/theme-rules.tsv" |
	jq -r .theme)" Штирлица "the rules that come with jk"
cat >texts <<'EOF'
- Вовочка, где дневник?
Приехала тёща. Надолго.
- Доктор, у меня всё болит.
Баба ягодка опять, а баба Яга нет.
- Батюшка, я согрешил.
- Привези мне, батюшка, цветочек.
Кот спит.
EOF
is "$(jq -Rc '{text:.}' texts |
	jk-clean --quiet --theme-rules="$TOP/pipelines/theme-rules.tsv" |
	jq -r '.theme // "-"' | tr '\n' ' ')" 'Вовочку тёщу врачей сказки священников - - ' \
	"more of them"

# a slug of any length: one the user's table has, one that none has
long=$(printf '%0200d' 0 | tr 0 a)
echo "$long длинного" >long
is "$(themes "$long" "${long}b" | jk-clean --quiet --themes=long --summary=s.json | jq -c .theme |
	tr '\n' ' '; jq -c '[.themes.mapped,.themes.unmapped]' s.json)" \
	'"длинного" null [1,1]' "slugs of 200 letters"
is "$(jk-clean --list-themes --themes=table | sed -n '1,3p' | tr '\t\n' '= ')" \
	'pro-kotov=котов и кошек pro-studentov= raznie=всё на свете ' "--list-themes, sorted"
echo 'raznie x' >>table
fails 3 "table:6: 'raznie' stands here twice" "a slug twice" jk-clean --themes=table t
fails 1 'nix' "no table" jk-clean --themes=nix t
# every slug of the two sets has an entry; phrases are Cyrillic but for a name
jk-clean --list-themes | cut -f1 >slugs
for slug in pro-studentov pro-programmistov pro-armiu pro-vovochku pro-shtirlitsa \
	pro-militsiyu pro-novih-russkih pro-semyu pro-detey pro-mugchin pro-genshin \
	pro-druzey pro-teshu pro-chukchu pro-alkogolikov pro-narkomanov pro-sudey \
	pro-buhgalterov pro-sisadminov pro-kompyuteri pro-kino pro-inostrantsev \
	pro-givotnih pro-sport-pro-futbol pro-poruchika-rgevskogo pro-putina \
	pro-billa-geytsa pro-wow po-shou-biznes pro-evreev meditsinskie narodnie \
	politicheskie poshlie-i-intimnie kriminalnie cherniy-yumor tsitati sovetskie \
	skazochnie raznie shkolnie-i-pro-shkolu dorognie-pro-dorogu \
	starie-i-borodatie aforizmi politics poshlye children pc eat cats pro-rabotu \
	pro-sosedey pro-shtirlica; do
	grep -qx -- "$slug" slugs || echo "$slug"
done >missing
is "$(cat missing)" "" "both sets of slugs are in the table"
is "$(jk-clean --list-themes | LC_ALL=C awk '$0 < last { n++ } { last = $0 } END { print n }')" 1 \
	"the tables of slugs and of nouns are sorted"

# the summary's examples: the first row of each repair, before and after
{
	echo text
	echo 'Раз.'
	echo '"Раз &amp; два&ndash;три."'
	echo '"Четыре &amp; пять."'
	echo '"Шесть<br>семь &amp; восемь."'
	i=0; while [ $i -lt 3000 ]; do echo "Девять номер $i."; i=$((i + 1)); done
	echo '"Десять <b>раз</b>."'
	echo 'Кот Xopош.'
	printf '"%s&amp;&#8203;"\n' "$(printf '%01000d' 0)"
} >examples.csv
jk-clean --quiet --only=entities,markup,lookalikes,invisible --threads=1 \
	--summary=one.json examples.csv >/dev/null
is "$(jq -c '.examples[]' one.json)" \
	'{"source":"examples.csv:2","text":"Раз &amp; два&ndash;три.","repairs":["entities"],"clean":["Раз & два–три."]}
{"source":"examples.csv:4","text":"Шесть<br>семь &amp; восемь.","repairs":["entities","markup"],"clean":["Шесть\nсемь & восемь."]}
{"source":"examples.csv:3006","text":"Кот Xopош.","repairs":["lookalikes"],"clean":["Кот Хорош."]}' \
	"examples of repairs; none of a text too long to look at"
jk-clean --quiet --only=entities,markup,lookalikes,invisible --threads=3 \
	--summary=three.json examples.csv >/dev/null
cmp -s one.json three.json
ok $? "the same with more threads"
done_testing
