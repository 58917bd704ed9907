import type { Passage, Runbook, Span } from '#src/domain/runbook.ts';

const FENCE = /^```/;
const HEADING = /^(#{1,2}) (.+)$/;
const ITEM = /^(-|\d+\.) (.*)$/;
const CONTINUED = /^\s+\S/;

/**
 * Reads what the pages of docs/alerts are written in: headings of two levels, paragraphs, fenced code, flat lists;
 * within a line code, bold and links. Anything else of Markdown stays the text it is.
 */
export function parseRunbook(markdown: string): Runbook {
  const lines = markdown.split('\n');
  const passages: Passage[] = [];
  let title = '';
  for (let at = 0; at < lines.length;) {
    const line = lines[at] ?? '';
    const [, level, heading = ''] = HEADING.exec(line) ?? [];
    if (line.trim() === '') at++;
    else if (level === '#') {
      title = heading;
      at++;
    } else if (level === '##') {
      passages.push({ kind: 'heading', text: heading });
      at++;
    } else {
      const [passage, next] = FENCE.test(line)
        ? codeAt(lines, at)
        : ITEM.test(line)
          ? listAt(lines, at)
          : wordsAt(lines, at);
      passages.push(passage);
      at = next;
    }
  }
  return { title, passages };
}

type Taken = readonly [passage: Passage, next: number];

function codeAt(lines: readonly string[], at: number): Taken {
  const end = lines.findIndex((line, index) => index > at && FENCE.test(line));
  const last = end < 0 ? lines.length : end;
  return [{ kind: 'code', code: lines.slice(at + 1, last).join('\n') }, last + 1];
}

function listAt(lines: readonly string[], at: number): Taken {
  const items: string[] = [];
  const ordered = /^\d/.test(lines[at] ?? '');
  let next = at;
  for (; next < lines.length; next++) {
    const line = lines[next] ?? '';
    const [, , words] = ITEM.exec(line) ?? [];
    if (words !== undefined) items.push(words);
    else if (CONTINUED.test(line)) items.push(`${items.pop()} ${line.trim()}`);
    else break;
  }
  return [{ kind: 'list', ordered, items: items.map(spansOf) }, next];
}

function wordsAt(lines: readonly string[], at: number): Taken {
  const isEnd = (line: string): boolean =>
    line.trim() === '' || HEADING.test(line) || FENCE.test(line) || ITEM.test(line);
  const length = lines.slice(at).findIndex(isEnd);
  const next = length < 0 ? lines.length : at + Math.max(1, length);
  return [{ kind: 'words', spans: spansOf(lines.slice(at, next).join(' ')) }, next];
}

const MARKED = /`([^`]+)`|\*\*([^*]+)\*\*|\[([^\]]+)\]\(([^)\s]+)\)/g;

function spansOf(words: string): readonly Span[] {
  const spans: Span[] = [];
  let from = 0;
  const plainUntil = (to: number): void => {
    if (to > from) spans.push({ kind: 'plain', text: words.slice(from, to) });
  };
  for (const found of words.matchAll(MARKED)) {
    const [all, code, strong, label = '', to = ''] = found;
    plainUntil(found.index);
    if (code !== undefined) spans.push({ kind: 'code', text: code });
    else if (strong !== undefined) spans.push({ kind: 'strong', text: strong });
    else spans.push({ kind: 'link', text: label, to });
    from = found.index + all.length;
  }
  plainUntil(words.length);
  return spans;
}
