import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

import ssh2, { type Connection, type ServerChannel } from 'ssh2';

const { Server, utils } = ssh2;

const [USER, PASSWORD] = ['operator', 'hunter2'];

export interface Shell extends AsyncDisposable {
  /** A program of the node that accepts the parameters whose hash is its word, as the owner of the shell set it up. */
  readonly program: string;
}

/** A node's shell: SSH with a password, a line in, what it prints out; `run` says what that is. */
export async function startShell(folder: string, run: (line: string) => Promise<string>): Promise<Shell> {
  const { private: key, public: hostKey } = utils.generateKeyPairSync('ed25519');
  const clients = new Set<Connection>();
  const server = new Server({ hostKeys: [key] }, (client) => {
    clients.add(client);
    client.on('close', () => clients.delete(client));
    client.on('error', () => client.end());
    client.on('authentication', (context) => {
      const isOurs =
        context.method === 'password' && context.username === USER && context.password === PASSWORD;
      if (isOurs) context.accept();
      else context.reject(['password']);
    });
    client.on('session', (accept) => {
      accept().on('shell', (acceptShell) => void talk(acceptShell(), run));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const program = await writeProgram(folder, port, hostKey);
  return {
    program,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const client of clients) client.end();
      await closed;
    },
  };
}

async function talk(channel: ServerChannel, run: (line: string) => Promise<string>): Promise<void> {
  for await (const line of createInterface({ input: channel })) {
    if (line === 'bye') break;
    channel.write(await run(line));
  }
  channel.exit(0);
  channel.end();
}

async function writeProgram(folder: string, port: number, hostKey: string): Promise<string> {
  const [program, password, hosts] = ['accept', 'password', 'hosts'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await writeFile(hosts, `[127.0.0.1]:${port} ${hostKey}\n`);
  await writeFile(password, `#!/bin/sh\necho ${PASSWORD}\n`, { mode: 0o700 });
  const ssh = `ssh -T -F none -p ${port} -l ${USER} -o UserKnownHostsFile=${hosts} -o LogLevel=ERROR 127.0.0.1`;
  const lines = [
    '#!/bin/sh',
    `export SSH_ASKPASS=${password} SSH_ASKPASS_REQUIRE=force`,
    `said=$(printf 'run acceptNewNetworkParameters parametersHash: "%s"\\nbye\\n' "$1" | ${ssh}) || exit 3`,
    `printf '%s\\n' "$said"`,
    `case $said in *'RPC failed'*) exit 1 ;; esac`,
  ];
  await writeFile(program, `${lines.join('\n')}\n`, { mode: 0o700 });
  return program;
}
