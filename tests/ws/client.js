// client.js URL KEY header|protocol|none: prints what comes as JSON lines, sends each line it reads,
// and closes when its input ends.
const readline = require("readline");
const WebSocket = require("ws");

const [url, key, how] = process.argv.slice(2);
const protocols = how === "protocol" ? ["hark.events", "hark.key." + key] : [];
const headers = how === "header" ? { "X-API-Key": key } : {};
const socket = new WebSocket(url, protocols, { headers });
const print = (kind, rest) => console.log(JSON.stringify({ kind, ...rest }));

socket.on("open", () => print("open", { protocol: socket.protocol }));
socket.on("message", (data) => print("message", { text: data.toString() }));
socket.on("ping", () => print("ping", {}));
socket.on("error", (error) => print("error", { text: error.message }));
socket.on("close", (code, reason) => {
  print("close", { code, reason: reason.toString() });
  process.exit(0);
});
const input = readline.createInterface({ input: process.stdin });
input.on("line", (line) => socket.send(line));
input.on("close", () => socket.close(1000));
