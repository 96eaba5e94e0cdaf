"""Writes cases.json: what Jinja2, set up as transformers sets it up for chat templates, makes of some templates."""
import json
import os

from jinja2 import ext, nodes
from jinja2.exceptions import TemplateError
from jinja2.sandbox import ImmutableSandboxedEnvironment


class Generation(ext.Extension):
    tags = {"generation"}

    def parse(self, parser):
        line = next(parser.stream).lineno
        body = parser.parse_statements(["name:endgeneration"], drop_needle=True)
        return nodes.CallBlock(self.call_method("_body"), [], [], body).set_lineno(line)

    def _body(self, caller):
        return caller()


def tojson(value, ensure_ascii=False, indent=None, separators=None, sort_keys=False):
    return json.dumps(value, ensure_ascii=ensure_ascii, indent=indent, separators=separators, sort_keys=sort_keys)


def raise_exception(message):
    raise TemplateError(message)


environment = ImmutableSandboxedEnvironment(trim_blocks=True, lstrip_blocks=True, extensions=[Generation, ext.loopcontrols])
environment.filters["tojson"] = tojson
environment.globals["raise_exception"] = raise_exception

MESSAGES = [
    {"role": "system", "content": " Be brief. "},
    {"role": "user", "content": "Is 1 < 2 & \"so\" on?\n'Yes' \\ no"},
    {"role": "assistant", "content": "<think>\nhmm\n</think>\n\nYes \u20ac.", "tool_calls": [
        {"type": "function", "function": {"name": "look", "arguments": {"at": "it", "n": [1, 2.5, None, True]}}}]},
    {"role": "tool", "content": "ok"},
    {"role": "user", "content": "More?  "},
]
VARIABLES = {"messages": MESSAGES, "bos_token": "<s>", "eos_token": "</s>", "add_generation_prompt": True, "tools": None,
             "words": ["b", "a", "c", "a"], "number": 7, "half": 0.5, "map": {"z": 1, "items": 2, "a": {"b": [3]}}}

TEMPLATES = {
    "chat marks": "{% for message in messages %}{{ '<|start|>' + message['role'] + '\\n' + message['content'] + '<|end|>' + '\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|start|>assistant\\n' }}{% endif %}",
    "first system message joins the user's": """
{%- if messages[0]['role'] == 'system' -%}
    {%- set system = messages[0]['content'] | trim + '\\n\\n' -%}
    {%- set rest = messages[1:] -%}
{%- else -%}
    {%- set system, rest = '', messages -%}
{%- endif -%}
{{ bos_token }}
{%- for message in rest if message.role != 'tool' -%}
    {%- set content = system + message['content'] if loop.index0 == 0 else message['content'] -%}
    {%- if message.role == 'user' -%}
        {{ '[Q] ' ~ content.strip() ~ ' [/Q]' }}
    {%- elif message.role == 'assistant' -%}
        {{ ' ' + content.split('</think>')[-1].lstrip('\\n') + eos_token }}
    {%- endif -%}
{%- endfor -%}
""",
    "thinking is cut from all but the last turn": """
{%- set ns = namespace(searching=true, last=messages|length - 1) %}
{%- for message in messages[::-1] %}
    {%- set index = (messages|length - 1) - loop.index0 %}
    {%- if ns.searching and message.role == "user" and message.content is string and not (message.content.startswith('<r>') and message.content.endswith('</r>')) %}
        {%- set ns.searching = false %}
        {%- set ns.last = index %}
    {%- endif %}
{%- endfor %}
{%- for message in messages %}
    {%- if message.content is string %}
        {%- set content = message.content %}
    {%- else %}
        {%- set content = '' %}
    {%- endif %}
    {%- set thoughts = '' %}
    {%- if message.reasoning is defined and message.reasoning is not none %}
        {%- set thoughts = message.reasoning %}
    {%- elif '</think>' in content %}
        {%- set thoughts = content.split('</think>')[0].rstrip('\\n').split('<think>')[-1].lstrip('\\n') %}
        {%- set content = content.split('</think>')[-1].lstrip('\\n') %}
    {%- endif %}
    {{- '<' + message.role + '>' + ('[' + thoughts + ']' if thoughts and loop.index0 > ns.last else '') + content }}
    {%- if message.tool_calls %}
        {%- for call in message.tool_calls %}
            {%- if (loop.first and content) or (not loop.first) %}{{- '\\n' }}{%- endif %}
            {%- if call.function %}{%- set call = call.function %}{%- endif %}
            {{- '{"name": "' }}{{- call.name }}{{- '", "arguments": ' }}
            {%- if call.arguments is string %}{{- call.arguments }}{%- else %}{{- call.arguments | tojson }}{%- endif %}
            {{- '}' }}
        {%- endfor %}
    {%- endif %}
    {%- if loop.last or messages[loop.index0 + 1].role != "tool" %}{{- '<end>\\n' }}{%- endif %}
{%- endfor %}
{%- if enable_thinking is defined and enable_thinking is false %}{{- '<think></think>' }}{%- endif %}
""",
    "white space": """A
  {% if true %}
  B
  {% endif %}
    {# note #}
C {% if true %} D {% endif %} E
{%- if true %}

 F{% endif %}
{%+ if true %}G{% endif +%}
  {{- ' H ' -}}
   I
    {%+ set x = 1 %}
J
{% raw %}{{ not }} {% this %}{% endraw %}
  {{ x }}

""",
    "macros": """{% macro part(message, extra='', mark='*') %}<{{ message.role|upper }}>{{ message.content|trim }}{{ extra }}{{ mark }}{% endmacro %}
{{ part(messages[0]) }}{{ part(messages[-1], mark='!', extra='?') }}
{%- macro deep(n) %}{{ n }}{% if n > 0 %}{{ deep(n - 1) }}{% endif %}{% endmacro %}{{ deep(3) }}""",
    "filters": "{{ messages | map(attribute='role') | join(',') }} {{ messages | selectattr('role', 'equalto', 'user') | list | length }} {{ messages | rejectattr('role', 'in', ['user', 'tool']) | map(attribute='role') | list }} {{ words | sort | unique | join('') }} {{ words | reverse | list }} {{ words|first }}{{ words|last }} {{ nothing | default('d') }} {{ '' | default('e', true) }} {{ '7' | int + 1 }} {{ half | string + 'x' }} {{ words | map('upper') | join('-') }} {{ [3, 1, 2] | max }} {{ [1, 2] | sum }} {{ 'a\\nb\\n\\nc' | indent(2) }} {{ 'hello world' | title }} {{ 'hELLO' | capitalize }} {% for k, v in map | dictsort %}{{ k }}{{ v }}{% endfor %} {{ -3 | abs }} {{ 2.567 | round(1) }} {{ words | select('equalto', 'a') | list }} {{ '<a>' | e }}",
    "json": "{{ messages | tojson }}\n{{ messages[2] | tojson(indent=4) }} {{ {'a': [], 'b': {}} | tojson(indent=2) }} {{ 'tab\\t\"' | tojson }} {{ [1, 1.0, 1e20, true, none] | tojson }}",
    "checks": "{{ number is odd }} {{ number is divisibleby 7 }} {{ half is float }} {{ number is integer }} {{ number is number }} {{ true is boolean }} {{ none is none }} {{ messages[0] is mapping }} {{ words is iterable }} {{ words is sequence }} {{ words is string }} {{ x is undefined }} {{ number is not defined }} {{ 'a' is in words }} {{ 3 is ge 2 }} {{ 'a' is eq 'a' }} {{ true is true }} {{ words is not mapping and true }}",
    "operators": "{{ 7 // 2 }} {{ 7 / 2 }} {{ -7 // 2 }} {{ -7 % 3 }} {{ 2 ** 3 }} {{ 2 ** -1 }} {{ 1 + 2 * 3 - 4 }} {{ 'ab' * 2 }} {{ [1] + [2] }} {{ 1 ~ 'a' ~ none ~ true }} {{ 1 < 2 < 3 }} {{ 1 < 3 < 2 }} {{ not 1 == 2 }} {{ 1 == 1.0 }} {{ 'a' in 'abc' }} {{ 'z' not in map }} {{ 'a' if false }}{{ 0 or 'x' }} {{ 1 and 'y' }} {{ 'a' 'b' }} {{ (1, 2) | list }} {{ 1.0 }} {{ 1e3 }} {{ -2 + 3 }} {{ 10 - 2 - 3 }} {{ 'x' < 'y' }} {{ [1, 2] < [1, 3] }}",
    "values as text": "{{ [1, 'a', none, true, 2.5, \"it's\", 'q\"'] }} {{ {'a': 'b', 'c': [1]} }} {{ true }} {{ none }} {{ '' }} {{ 1e16 }} {{ 1e-5 }} {{ 0.1 + 0.2 }} {{ 100000.0 }}",
    "slices": "{{ words[1:] }} {{ words[:-1] }} {{ words[::2] }} {{ words[::-1] }} {{ words[-1] }} {{ words[5:] }} {{ 'abcdef'[1:4] }} {{ 'abc'[-1] }} {{ 'abc'[::-1] }} {{ words[2:0:-1] }} {{ words[-3:-1] }} {{ words[9] is defined }}",
    "methods": "{{ '  x '.strip() }}|{{ ' x '.lstrip() }}|{{ ' x '.rstrip() }}|{{ 'xxaxx'.strip('x') }}|{{ 'a,b,,c'.split(',') }}|{{ ' a  b '.split() }}|{{ 'a,b,c'.split(',', 1) }}|{{ 'a,b,c'.rsplit(',', 1) }}|{{ 'abc'.startswith('ab') }}|{{ 'abc'.endswith(('x', 'c')) }}|{{ 'aXbX'.replace('X', '-') }}|{{ 'aXbX'.replace('X', '-', 1) }}|{{ 'it is'.title() }}|{{ 'abc'.find('c') }}|{{ 'abc'.find('z') }}|{{ 'aaa'.count('a') }}|{{ '-'.join(words) }}|{{ 'a\\nb'.splitlines() }}|{{ map.get('z') }}|{{ map.get('q', 'none') }}|{{ map.get('q') }}|{{ map['items'] }}|{% for k, v in map.items() %}{{ k }}:{{ v }};{% endfor %}|{{ map.keys() | list }}|{{ map.a.b[0] }}|{{ words.index('c') }}|{{ words.count('a') }}|{{ '12'.isdigit() }}|{{ 'ab'.upper() }}|{{ 'abc'.removeprefix('a') }}|{{ 'a=b'.partition('=') | list }}",
    "loops": "{% for w in words %}{{ loop.index }}{{ loop.index0 }}{{ loop.revindex }}{{ loop.revindex0 }}{{ loop.first }}{{ loop.last }}{{ loop.length }}{{ loop.cycle('o', 'e') }}{% if not loop.first %}{{ loop.previtem }}{% endif %}{% if not loop.last %}{{ loop.nextitem }}{% endif %};{% endfor %}{% for x in [] %}a{% else %}empty{% endfor %}{% for i in range(2, 9, 3) %}{{ i }}{% endfor %}{% for w in words %}{% if w == 'a' %}{% continue %}{% endif %}{% if loop.index == 4 %}{% break %}{% endif %}{{ w }}{% endfor %}{% for a, b in [[1, 2], [3, 4]] %}{{ a + b }} {% endfor %}{% for w in words if w != 'a' %}{{ loop.length }}{{ w }}{% endfor %}{% for x in 'hey' %}{{ x }}.{% endfor %}{% for k in map %}{{ k }}{% endfor %}",
    "scopes": "{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = 5 %}{{ x }}{% endfor %}{{ x }}{% if true %}{% set x = 9 %}{% endif %}{{ x }}{% set ns = namespace(found=false) %}{% for i in [1] %}{% set ns.found = i %}{% endfor %}{{ ns.found }}{% set block %}in {{ x }}{% endset %}{{ block }}{% set a, b = 1, 'z' %}{{ a }}{{ b }}",
    "escapes": "{{ 'It\\'s' }} {{ \"tab\\tq\\\"\" }} {{ 'back\\\\slash' }} {{ '\\u20ac\\x41' }} {{ 'a\\qb' }}{# comment #}{{ '}}' }}{{ '%}' }}",
    "generation marks": "{% for m in messages %}{% if m.role == 'assistant' %}{% generation %}{{ m.content }}{% endgeneration %}{% endif %}{% endfor %}",
    "filter blocks": "{% filter upper %}a {{ bos_token }}{% for w in words %}{{ w }}{% endfor %}{% endfilter %}|{% filter trim | replace('x', number ~ '') | indent(2) %}\n  x\ny {% set x = 5 %}{% endfilter %}{{ x }}{% filter lower %}A{% filter upper %}b{% endfilter %}C{% endfilter %}",
    "undefined is empty": "[{{ nothing }}][{{ messages[0].nothing }}]{% for x in nothing %}x{% endfor %}{% if nothing %}y{% endif %}{{ nothing | length }}{{ tools is none }}{{ not tools }}",
    "ends with newlines": "a\n\n",
    "refuses": "{% if messages[0].role == 'system' %}{{ raise_exception('no system role, ' + messages[0].role) }}{% endif %}",
    "item of undefined": "{{ messages[0].nothing.more }}",
    "adds undefined": "{{ 'a' + nothing }}",
    "adds text and number": "{{ 'a' + 1 }}",
    "calls undefined": "{{ nothing() }}",
    "divides by zero": "{{ 1 // 0 }}",
    "unknown block": "{% frobnicate %}",
    "missing end": "{% if true %}x",
    "filter block without a filter": "{% filter %}x{% endfilter %}",
    "filter block with an expression": "{% filter upper + lower %}x{% endfilter %}",
    "filter block without its end": "{% filter upper %}x",
    "wrong expression": "{{ 1 + }}",
    "changes a list": "{{ words.append('x') }}",
    "looks inside": "{{ ''.__class__.__mro__ }}",
}

if __name__ == "__main__":
    cases = []
    for name, template in TEMPLATES.items():
        case = {"name": name, "template": template}
        try:
            case["expected"] = environment.from_string(template).render(**VARIABLES)
        except Exception as error:
            case["error"] = str(error)
        cases.append(case)
    folder = os.path.dirname(os.path.abspath(__file__))
    with open(os.path.join(folder, "cases.json"), "w") as file:
        json.dump({"variables": VARIABLES, "cases": cases}, file, indent=1, ensure_ascii=True)
        file.write("\n")
