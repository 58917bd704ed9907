import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import { text } from '#src/domain/message.ts';
import { createListenerProbe, saidWords } from '#test/conformance/listener-probe.ts';
import { platformConformance } from '#test/conformance/platform.ts';
import { temporaryFolder } from '#test/real/folder.ts';
import { type RunningSynapse, installSynapse, startSynapse } from '#test/real/synapse.ts';

import { type Cast, cast, eventsOf, openMatrix, shownOf } from './matrix-harness.ts';

let synapse: RunningSynapse;

beforeAll(async () => {
  installSynapse();
  synapse = await startSynapse();
});
afterAll(async () => {
  await synapse?.[Symbol.asyncDispose]();
});

platformConformance('matrix', (listener) => openMatrix(synapse, listener));
