// The owner's side, off the page's thread: .NET makes keys, encrypts and decrypts; this script keeps keys and talks to the server.
import { dotnet } from './_framework/dotnet.js';

const started = dotnet.create().then(async ({ getAssemblyExports, getConfig }) =>
    (await getAssemblyExports(getConfig().mainAssemblyName)).Owner);
let owner, model, keyId;

const say = (kind, data) => postMessage({ kind, ...data });
const sent = (what, bytes) => say('sent', { what, bytes });

async function ask(method, path, body, headers = {}) {
    const answer = await fetch(model + path, { method, body, headers });
    if (!answer.ok && method !== 'HEAD') throw new Error((await answer.json()).error);
    return answer;
}

const bytesOf = async answer => new Uint8Array(await answer.arrayBuffer());

function store(mode, work) {
    return new Promise((resolve, reject) => {
        const open = indexedDB.open('concreteml', 1);
        open.onupgradeneeded = () => open.result.createObjectStore('keys');
        open.onerror = () => reject(open.error);
        open.onsuccess = () => {
            const request = work(open.result.transaction('keys', mode).objectStore('keys'));
            request.onsuccess = () => resolve(request.result);
            request.onerror = () => reject(request.error);
        };
    });
}

async function start(address) {
    model = address;
    owner = await started;
    const half = await bytesOf(await ask('GET', '/client'));
    const circuit = owner.Load(half);
    say('status', { text: `client half: ${half.length} bytes` });
    let kept = await store('readonly', keys => keys.get(circuit));
    if (kept) {
        owner.TakeSecret(kept.secret);
        say('status', { text: 'keys of an earlier visit' });
        if ((await ask('HEAD', '/keys/' + kept.id)).ok) return ready(kept.id);
    } else {
        kept = { secret: owner.MakeSecret() };
    }
    const begin = performance.now();
    const evaluation = owner.MakeEvaluation(done => say('progress', { done }));
    const seconds = (performance.now() - begin) / 1000;
    const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', evaluation));
    kept.id = Array.from(hash, byte => byte.toString(16).padStart(2, '0')).join('');
    say('keys', { seconds, bytes: evaluation.length });
    await ask('PUT', '/keys/' + kept.id, evaluation);
    sent('evaluation key', evaluation.length);
    await store('readwrite', keys => keys.put(kept, circuit));
    ready(kept.id);
}

function ready(id) {
    keyId = id;
    say('ready', {});
}

async function infer(values) {
    const begin = performance.now();
    const inputs = owner.Encrypt(values);
    const encrypted = performance.now();
    const answer = await ask('POST', '/infer', inputs, { 'X-Key-Id': keyId, 'Content-Type': 'application/octet-stream' });
    const outputs = await bytesOf(answer);
    sent('encrypted drawing', inputs.length);
    const received = performance.now();
    const scores = Array.from(owner.Decrypt(outputs));
    say('answer', { scores, outputBytes: outputs.length, encrypt: encrypted - begin, server: received - encrypted,
        decrypt: performance.now() - received });
}

onmessage = async ({ data }) => {
    try {
        await (data.start ? start(data.start) : infer(data.values));
    } catch (problem) {
        say('failed', { text: String(problem.message ?? problem) });
    }
};
