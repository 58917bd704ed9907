import { openPage } from '#test/http/dashboard/open-page.ts';
import { startChromium } from '#test/real/chromium.ts';
import { choices, fields, table, text } from '#src/domain/message.ts';
const page = await openPage();
const ops = { kind: 'room', id: 'ops' } as const;
await page.console.post(ops, { tone:'critical', title:'🔴 CRITICAL: DaemonDown', blocks:[text('alright-dev-main KMD: nothing listens on 127.0.0.1:7771'), fields({node:'alright-dev-main',service:'KMD',coin:'KMD',seat:'alright_DEV',region:'DEV'}), fields({Since:'2026-11-21T05:20:11Z'}), choices({label:'Acknowledge',emoji:'👍',words:['ack','a1'],style:'primary'},{label:'Request restart-chain',emoji:'🔧',words:['remedy','run','restart-chain','n']})], footer:'alert a1b2c3' }, 'k1');
await page.console.say('alice' as never, 'room:ops', 'health alright-dev-main');
await page.console.press('alice' as never, 'room:ops', (await page.console.read('alice' as never,'room:ops'))[0]!.id, (await import('#src/domain/console.ts')).choiceId({label:'',emoji:'',words:['ack','a1']}));
await page.heard[0]!.answer({tone:'warning', title:'alright-dev-main', blocks:[table(['service','answers','sync','tip age','peers','UTXOs','balance','wallet','listunspent'],[['KMD','✖ refused','?','?','?','?','?','?','?'],['LTC','✔','2950012','4 s','9','24','2.5','1.4 MB','4 ms']]), {kind:'code',code:'error: -28 Loading block index...'},{kind:'link',label:'What to do',url:'https://example.org/x'}], footer:'looked in 12 ms'});
await page.console.post(ops, { tone:'good', title:'✅ Resolved: OutOfSync', blocks:[text('It is over.')], footer:'alert x' }, 'k2');
page.broken = true;
page.alerts.push({startsAt:new Date().toISOString(), labels:{}, annotations:{}} as never);
page.daemons[0] = {...page.daemons[0]!, process:'stopped'};
page.daemons[2] = {...page.daemons[2]!, behind:14, notaryUtxos:3};
await page.app.listen({port:0, host:'127.0.0.1'});
const {port} = page.app.server.address() as {port:number};
const chromium = await startChromium();
const url = `http://127.0.0.1:${port}/?as=alice&in=room:ops`;
for (const [name, vp, dark] of [['d-light',{width:1360,height:850},false],['d-dark',{width:1360,height:850},true],['phone',{width:360,height:740},false],['phone-dark',{width:360,height:740},true],['tablet',{width:900,height:900},false]] as const) {
  const p = await chromium.page(vp,{dark});
  p.on('console', m => console.log(name, m.text())); p.on('pageerror', e => console.log(name, e.message));
  await p.goto(url); await p.waitForSelector('body[data-live]'); await p.waitForSelector('#suggestions button');
  if (name==='d-light') { await p.fill('#line','health '); }
  await chromium.screenshot(p, `zz-${name}`);
}
await chromium[Symbol.asyncDispose](); await page[Symbol.asyncDispose]();
