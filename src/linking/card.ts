import { type AccountLink, accountName, type LinkState } from '#src/domain/linking.ts';
import {
  type Choice,
  choices,
  decision,
  fields,
  type Message,
  type StateWords,
  text,
} from '#src/domain/message.ts';
import { inMinutes } from '#src/domain/time.ts';

const STATES: StateWords<LinkState> = {
  offered: { words: 'its code was not typed yet', tone: 'neutral' },
  proven: { words: 'waits for a coordinator', tone: 'warning' },
  standing: { words: 'linked', tone: 'good' },
  burnt: { words: 'not linked, the code was seen by others', tone: 'warning' },
  expired: { words: 'not linked, it has expired', tone: 'neutral' },
  denied: { words: 'denied', tone: 'neutral' },
  removed: { words: 'removed', tone: 'neutral' },
  voided: { words: 'ended', tone: 'warning' },
};

const removeIt = (platform: string): Choice => ({
  label: 'That was not me',
  emoji: '❌',
  words: ['link', 'remove', platform],
  style: 'danger',
});

/** A further account as coordinators see it, as it stands now. */
export function card(link: AccountLink): Message {
  const { id, operator, platform, state } = link;
  const { words, tone } = STATES[state];
  const asks = [
    text(
      `${operator} asked for a code from an account of the fleet file, and somebody typed it from this one. Ask ${operator} by another way whether that is theirs: whoever holds the one account could link the other. Until a coordinator confirms it, it has no rights.`,
    ),
    decision(id),
  ];
  const [about, buttons] = state === 'proven' ? asks : [];
  return {
    tone,
    title: `An account on ${platform} for ${operator}: ${words}`,
    blocks: [
      ...(about ? [about] : []),
      ...(link.reason !== undefined ? [text(`Because ${link.reason}.`)] : []),
      fields(facts(link)),
      ...(buttons ? [buttons] : []),
    ],
    footer: `link ${id}`,
  };
}

const LETTERS: Readonly<Partial<Record<LinkState, string>>> = {
  proven: 'An account asks to be yours',
  standing: 'An account was linked to you',
  burnt: 'Your code is worth nothing now',
};

/** What whose account it is is told at a step, wherever they are. */
export function letter(link: AccountLink, step: LinkState): Message {
  const { id, platform, state } = link;
  const isOpen = state === 'proven' || state === 'standing';
  return {
    tone: STATES[step].tone,
    title: LETTERS[step] ?? `An account on ${platform} is not yours any more, or will not be`,
    blocks: [
      fields(facts(link)),
      ...(link.reason !== undefined ? [text(`Because ${link.reason}.`)] : []),
      ...(state === step ? [] : [text(`By now: ${STATES[state].words}.`)]),
      ...(isOpen
        ? [
            text(
              `If that was not you, end it (\`link remove ${platform}\`) and tell a coordinator: whoever did it has your account ${accountName(link.from)}.`,
            ),
            choices(removeIt(platform)),
          ]
        : []),
    ],
    footer: `link ${id}`,
  };
}

/** A link in short: what stands on record of it. */
export const facts = (link: AccountLink): Record<string, string> => ({
  Operator: link.operator,
  Account: accountName({ platform: link.platform, handle: link.handle ?? 'not known yet' }),
  'Asked for by': accountName(link.from),
  State: STATES[link.state].words,
  ...(link.state === 'proven' && { 'Confirm before': inMinutes(link.expiresAt) }),
  ...(link.approvedBy !== undefined && { 'Confirmed by': link.approvedBy }),
});
