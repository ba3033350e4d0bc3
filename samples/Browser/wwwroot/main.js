// The page: an 8 by 8 drawing, and what the worker says.
const at = id => document.getElementById(id);
const context = at('drawing').getContext('2d');
const size = 8;
let values = new Array(size * size).fill(0);

// the first digit of the test data, in sixteenths
const example = [
    0, 0, 0, 7, 12, 0, 0, 0, 0, 0, 4, 16, 8, 0, 0, 0, 0, 0, 12, 11, 0, 0, 0, 0, 0, 0, 15, 10, 8, 6, 1, 0,
    0, 0, 15, 16, 8, 10, 8, 0, 0, 0, 14, 7, 0, 0, 12, 0, 0, 0, 8, 11, 0, 5, 16, 2, 0, 0, 0, 9, 14, 14, 5, 0];

function show() {
    values.forEach((value, index) => {
        const grey = Math.round(255 * (1 - value));
        context.fillStyle = `rgb(${grey},${grey},${grey})`;
        context.fillRect(index % size, Math.floor(index / size), 1, 1);
    });
}

function draw(event) {
    if (!event.buttons) return;
    const box = at('drawing').getBoundingClientRect();
    const x = (event.clientX - box.left) / box.width * size, y = (event.clientY - box.top) / box.height * size;
    for (let row = 0; row < size; row++)
        for (let column = 0; column < size; column++) {
            const far = Math.hypot(column + .5 - x, row + .5 - y);
            const index = row * size + column;
            values[index] = Math.max(values[index], Math.min(1, Math.max(0, 1.4 - far)));
        }
    show();
}

at('drawing').addEventListener('pointerdown', draw);
at('drawing').addEventListener('pointermove', draw);
at('clear').onclick = () => { values.fill(0); show(); };
at('example').onclick = () => { values = example.map(value => value / 16); show(); };

const worker = new Worker('worker.js', { type: 'module' });
const seconds = milliseconds => (milliseconds / 1000).toFixed(2) + ' s';

const heard = {
    status: ({ text }) => { at('status').textContent = text; },
    progress: ({ done }) => { at('progress').value = done; at('status').textContent = `Making keys: ${Math.round(100 * done)} %`; },
    keys: ({ seconds, bytes }) => {
        at('status').textContent = `Keys made in ${seconds.toFixed(1)} s. Sending the evaluation key …`;
        at('status').dataset.keySeconds = seconds;
        at('status').dataset.keyBytes = bytes;
    },
    sent: ({ what, bytes }) => {
        const row = at('sent').insertRow();
        row.insertCell().textContent = what;
        row.insertCell().textContent = bytes.toLocaleString('en');
    },
    ready: () => { at('progress').value = 1; at('status').textContent = 'Ready: draw a digit.'; at('ask').disabled = false; },
    answer: ({ scores, outputBytes, encrypt, server, decrypt }) => {
        at('answer').textContent = scores.indexOf(Math.max(...scores));
        at('answer').dataset.scores = JSON.stringify(scores);
        const low = Math.min(...scores), high = Math.max(...scores);
        at('scores').innerHTML = scores.map((score, digit) =>
            `${digit} <span class="bar" style="display:inline-block;width:${Math.round(12 * (score - low) / (high - low || 1))}rem"></span>`)
            .join('<br>');
        at('status').textContent = `Encrypted in ${seconds(encrypt)}, answered in ${seconds(server)} with ${outputBytes.toLocaleString('en')} ` +
            `bytes, opened in ${seconds(decrypt)}.`;
        at('ask').disabled = false;
    },
    failed: ({ text }) => { at('failed').textContent = text; at('ask').disabled = false; },
};

worker.onmessage = ({ data }) => heard[data.kind](data);
at('ask').onclick = () => { at('ask').disabled = true; at('failed').textContent = ''; worker.postMessage({ values }); };
show();
const model = new URLSearchParams(location.search).get('model') ?? 'digits';
worker.postMessage({ start: `/v2/models/${model}` });
