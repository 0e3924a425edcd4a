// Receives webhooks as Standard Webhooks' own package says: tests/webhooks/standard.py runs it.
//
// PUT /secrets {path: [secret, ...]} says what each path is signed with. A POST is verified with
// each of them, and must be refused once its body, id, time, signature or secret is another.
// GET /results lists what came: {path, type, id, verified, refused}.
import http from 'node:http';
import { Webhook } from 'standardwebhooks';

const secrets = new Map();
const results = [];

function verifies(secret, body, headers) {
  try {
    new Webhook(secret).verify(body, headers);
    return true;
  } catch {
    return false;
  }
}

function changed(body, headers) {
  const seconds = Number(headers['webhook-timestamp']);
  const signature = headers['webhook-signature'];
  return {
    body: [body.replace('{', '{ '), headers],
    id: [body, { ...headers, 'webhook-id': headers['webhook-id'] + 'x' }],
    time: [body, { ...headers, 'webhook-timestamp': String(seconds - 1) }],
    old: [body, { ...headers, 'webhook-timestamp': String(seconds - 600) }],
    future: [body, { ...headers, 'webhook-timestamp': String(seconds + 600) }],
    signature: [body, { ...headers, 'webhook-signature': signature.replaceAll('v1,', 'v1,A') }],
    version: [body, { ...headers, 'webhook-signature': signature.replaceAll('v1,', 'v2,') }],
    missing: [body, { ...headers, 'webhook-signature': '' }],
  };
}

function receive(path, body, headers) {
  const known = secrets.get(path) ?? [];
  const refused = Object.entries(changed(body, headers))
    .filter(([, [text, head]]) => known.every((secret) => !verifies(secret, text, head)))
    .map(([name]) => name);
  if (!verifies('whsec_' + Buffer.alloc(32, 7).toString('base64'), body, headers))
    refused.push('secret');
  results.push({
    path,
    id: headers['webhook-id'],
    type: JSON.parse(body).type,
    verified: known.map((secret) => verifies(secret, body, headers)),
    refused,
  });
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const body = Buffer.concat(parts).toString('utf8');
    if (request.method === 'PUT')
      for (const [path, list] of Object.entries(JSON.parse(body))) secrets.set(path, list);
    else if (request.method === 'POST') receive(request.url, body, request.headers);
    response.end(JSON.stringify(results));
  });
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
