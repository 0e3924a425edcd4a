// A server of HTTP/2 and HTTP/1.1 over TLS: http2.mjs KEY CERTIFICATE. Prints its port, then one line of
// JSON for each request.
import { readFileSync } from "node:fs";
import { createSecureServer } from "node:http2";

let sessions = 0;
const [key, cert] = process.argv.slice(2).map((path) => readFileSync(path));
const server = createSecureServer({ key, cert, allowHTTP1: true });
server.on("session", () => { sessions += 1; });
server.on("request", (request, response) => {
    request.resume();
    request.on("end", () => {
        console.log(JSON.stringify({
            version: request.httpVersion, sessions, headers: request.headers, path: request.url }));
        response.writeHead(200);
        response.end("taken");
    });
});
server.listen(0, "127.0.0.1", () => console.log(server.address().port));
