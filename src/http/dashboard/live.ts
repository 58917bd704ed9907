import type { ServerResponse } from 'node:http';

import type { Logger } from 'pino';

import { type Console, type ConsolePost, sees } from '#src/domain/console.ts';
import { html } from '#src/html.ts';

import { daemonsView } from './daemons-view.ts';
import { guideView } from './guide-view.ts';
import { postView } from './post-view.ts';
import type { Story } from './story.ts';
import { openStream, type Stream } from './stream.ts';
import type { Trial } from './trial.ts';
import type { Viewer } from './viewer.ts';

const LOOK_EVERY_MS = 1_000;
const MOST_STREAMS = 60;

interface Sources {
  readonly console: Pick<Console, 'follow' | 'read'>;
  readonly trial: Pick<Trial, 'daemons'>;
  readonly story: () => Promise<Story>;
  readonly logger: Logger;
}

/** Keeps open pages up to date. */
export interface Live {
  /** False when too many pages are open. */
  open(response: ServerResponse, viewer: Viewer): boolean;
  end(): void;
}

export function createLive({ console, trial, story, logger }: Sources): Live {
  const pages = new Map<Stream, Viewer>();
  let looking = false;

  async function look(): Promise<void> {
    if (looking || pages.size === 0) return;
    looking = true;
    try {
      const told = await story();
      for (const [stream, viewer] of pages) showPanels(stream, viewer, told);
    } catch (error) {
      logger.warn({ err: error }, 'the trial page could not read how far the story is');
    } finally {
      looking = false;
    }
  }

  function showPanels(stream: Stream, viewer: Viewer, told: Story): void {
    stream.patch('guide', guideView(told, viewer));
    stream.patch('daemons', daemonsView(trial.daemons(), viewer));
  }

  /** What was missed between the page and its stream, or while the connection was gone. */
  async function catchUp(stream: Stream, viewer: Viewer): Promise<void> {
    try {
      const posts = await console.read(viewer.operator.id, viewer.place.channel);
      stream.patch('posts', html`${posts.map((post) => postView(post, viewer.operator.id))}`);
      showPanels(stream, viewer, await story());
    } catch (error) {
      logger.warn({ err: error }, 'a page could not be brought up to date');
      stream.end();
    }
  }

  const timer = setInterval(() => void look(), LOOK_EVERY_MS).unref();
  const unfollow = console.follow((post) => {
    for (const [stream, viewer] of pages) showPost(stream, viewer, post);
  });

  return {
    open(response, viewer) {
      if (pages.size >= MOST_STREAMS) return false;
      const stream = openStream(response, () => pages.delete(stream));
      pages.set(stream, viewer);
      void catchUp(stream, viewer);
      return true;
    },
    end() {
      clearInterval(timer);
      unfollow();
      for (const stream of pages.keys()) stream.end();
    },
  };
}

function showPost(stream: Stream, { operator, place }: Viewer, post: ConsolePost): void {
  if (!sees(operator.id, post)) return;
  if (post.channel === place.channel) stream.patch(post.id, postView(post, operator.id));
  else stream.tell('news', { channel: post.channel, at: post.at });
}
