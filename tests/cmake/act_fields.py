#!/usr/bin/env python3
"""usage: tests/cmake/act_fields.py SOURCE
The list of each act's fields in docs/scenario-format.md is made from the schema, which a test of scenario/ compares with the table of verbs.
KAFKASCOPE_WRITE_FORMAT=1 writes it anew."""
import json
import os
import pathlib
import sys

BEGIN, END = '<!-- made by tests/cmake/act_fields.py -->\n', '<!-- end -->\n'


def kind(value):
    if 'const' in value:
        return f'`{value["const"]}`'
    if 'enum' in value:
        return '/'.join(f'`{word}`' for word in value['enum'])
    for choice in ('oneOf', 'anyOf'):
        if choice in value:
            return ' or '.join(kind(part) for part in value[choice])
    if '$ref' in value:
        return value['$ref'].rsplit('/', 1)[1].replace('_', ' ')
    if 'patternProperties' in value and 'properties' not in value:
        return 'object of ' + kind(next(iter(value['patternProperties'].values())))
    if 'properties' in value:
        return '`{' + ', '.join(value['properties']) + '}`'
    if value.get('type') == 'array':
        return 'list of ' + kind(value['items'])
    if value.get('type') == 'boolean':
        return '`true`/`false`'
    types = value['type'] if isinstance(value['type'], list) else [value['type']]
    words = ' or '.join({'string': 'text'}.get(t, t) for t in types)
    low, high = value.get('minimum'), value.get('maximum')
    if 'exclusiveMinimum' in value:
        return f'{words} > {value["exclusiveMinimum"]}'
    if low is None:
        return words
    return f'{words} {low}…{high}' if high is not None else f'{words} ≥ {low}'


def rules(then):
    """What its fields may not or must be together."""
    said = []
    for rule in then.get('allOf', [then]):
        if 'not' in rule:
            said.append('not ' + ' with '.join(rule['not']['required']))
        if 'anyOf' in rule:
            said.append('at least one of ' + ', '.join(part['required'][0] for part in rule['anyOf']))
    return said


def rows(schema):
    for branch in schema['$defs']['step']['allOf']:
        verb = branch['if'].get('properties', {}).get('do', {}).get('const')
        if verb is None:
            continue
        then = branch['then']
        required = then.get('required', [])
        fields = []
        for name, value in then['properties'].items():
            own = name not in ('id', 'by', 'error', 'as') or name in required
            if own:
                shown = f'**{name}**' if name in required else name
                fields.append(shown if kind(value) == name else f'{shown}: {kind(value)}')
        yield f'| `{verb}` | ' + '; '.join(fields + rules(then)) + ' |\n'


def main():
    root = pathlib.Path(sys.argv[1])
    schema = json.loads((root / 'assets/scenario.schema.json').read_text(encoding='utf-8'))
    page = root / 'docs/scenario-format.md'
    text = page.read_text(encoding='utf-8')
    before, _, rest = text.partition(BEGIN)
    _, _, after = rest.partition(END)
    wanted = before + BEGIN + '| do | fields |\n|---|---|\n' + ''.join(rows(schema)) + END + after
    if os.environ.get('KAFKASCOPE_WRITE_FORMAT'):
        page.write_text(wanted, encoding='utf-8')
    elif text != wanted:
        sys.exit('docs/scenario-format.md: write the fields of acts anew: KAFKASCOPE_WRITE_FORMAT=1 tests/cmake/act_fields.py .')


main()
