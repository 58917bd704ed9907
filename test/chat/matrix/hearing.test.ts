import { describe, expect, test } from 'vitest';

import { ageMs, commandLine, isPrivate, wasThere } from '#src/chat/matrix/hearing.ts';
import { probeMenu } from '#test/conformance/listener-probe.ts';

const room = { prefix: '!tocsin', direct: false };
const direct = { prefix: '!tocsin', direct: true };
const says = (body: string, more: object = {}) => ({ msgtype: 'm.text', body, ...more });
const quote = { 'm.relates_to': { 'm.in_reply_to': { event_id: '$1' } } };

describe('a command line', () => {
  test.for([
    ['!tocsin health n1', 'health n1'],
    ['  !tocsin   health   n1 ', 'health   n1'],
    ['!Tocsin health', 'health'],
    ['!tocsin\nnotice announce a\nb', 'notice announce a\nb'],
    ['!tocsin', 'help'],
    ['!tocsinhealth', undefined],
    ['please !tocsin health', undefined],
    ['health n1', undefined],
    ['', undefined],
  ])('in a room %j is %j', ([body, line]) => {
    expect(commandLine(says(body ?? ''), room)).toBe(line);
  });

  test.for([
    ['health n1', 'health n1'],
    ['!tocsin health n1', 'health n1'],
    ['   ', undefined],
  ])('in a direct message %j is %j', ([body, line]) => {
    expect(commandLine(says(body ?? ''), direct)).toBe(line);
  });

  test('what is quoted in a reply is not said again', () => {
    const body = '> <@tocsin:s> !tocsin approve r1\n> more\n\n!tocsin deny r1 no';
    expect(commandLine(says(body, quote), room)).toBe('deny r1 no');
    expect(commandLine(says('> !tocsin approve r1\n\nno way', quote), room)).toBeUndefined();
    expect(commandLine(says('> !tocsin approve r1'), room)).toBeUndefined();
  });

  test.for([
    ['a notice, as bots say', { msgtype: 'm.notice' }],
    ['an emote', { msgtype: 'm.emote' }],
    ['an edit', { 'm.relates_to': { rel_type: 'm.replace', event_id: '$1' } }],
    ['an edit without its relation', { 'm.new_content': { body: '!tocsin health' } }],
    ['a body that is no text', { body: 1 }],
  ] as const)('%s is none', ([, more]) => {
    expect(commandLine(says('!tocsin health', more), room)).toBeUndefined();
  });

  test('a redacted event has no content and is none', () => {
    expect(commandLine({}, direct)).toBeUndefined();
  });

  test('its length is bounded', () => {
    expect(commandLine(says(`!tocsin ${'x'.repeat(100_000)}`), room)?.length).toBeLessThanOrEqual(10_000);
  });
});

test('the menu says whose answers are private', () => {
  expect(isPrivate(probeMenu, 'link')).toBe(true);
  expect(isPrivate(probeMenu, 'link now')).toBe(true);
  for (const written of ['LINK', ' Link now', '"link"', "'li'nk", '""link'])
    expect(isPrivate(probeMenu, written)).toBe(true);
  expect(isPrivate(probeMenu, 'linked')).toBe(false);
  expect(isPrivate(probeMenu, 'health link')).toBe(false);
});

test('the age is the homeserver’s word, else the difference of clocks', () => {
  const event = {
    event_id: '$1',
    type: 'm.room.message',
    sender: '@a:s',
    origin_server_ts: 1_000,
    content: {},
  };
  expect(ageMs({ ...event, unsigned: { age: 5 } }, 9_000)).toBe(5);
  expect(ageMs(event, 9_000)).toBe(8_000);
  expect(wasThere(event)).toBe(true);
  expect(wasThere({ ...event, unsigned: { membership: 'leave' } })).toBe(false);
});
