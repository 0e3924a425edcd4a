// Asks the stand-in for language models as OpenAI's and Anthropic's own packages do, and says "ok"
// for each thing they found as they expect it: clients.mjs PORT
import assert from "node:assert/strict";
import Anthropic from "@anthropic-ai/sdk";
import OpenAI from "openai";
import { ContentFilterFinishReasonError, LengthFinishReasonError } from "openai/error";

const base = `http://127.0.0.1:${process.argv[2]}`;
const openai = new OpenAI({ apiKey: "sk-test", baseURL: base + "/v1", maxRetries: 0 });
const anthropic = new Anthropic({ apiKey: "sk-ant-test", baseURL: base, maxRetries: 0 });
const text = "I was overcharged and the refund never came. Terrible.";
const labels = { sentiment: "negative", topic: "billing", urgent: false };
const schema = {
  type: "object",
  additionalProperties: false,
  required: ["sentiment", "topic", "urgent"],
  properties: {
    sentiment: { type: "string", enum: ["positive", "negative", "neutral", "mixed"] },
    topic: { type: "string", enum: ["bug", "billing", "general"] },
    urgent: { type: "boolean" },
  },
};

const chat = (client = openai, model = "gpt-6-luna") =>
  client.chat.completions.parse({
    model,
    messages: [{ role: "developer", content: "Classify." }, { role: "user", content: text }],
    response_format: { type: "json_schema", json_schema: { name: "labels", strict: true, schema } },
    max_completion_tokens: 300,
  });
const respond = (model = "gpt-6-luna") =>
  openai.responses.create({
    model,
    instructions: "Classify.",
    input: text,
    text: { format: { type: "json_schema", name: "labels", strict: true, schema } },
  });
const message = (client = anthropic, model = "claude-haiku-5-5") =>
  client.messages.create({
    model,
    max_tokens: 300,
    system: "Classify.",
    messages: [{ role: "user", content: text }],
    output_config: { format: { type: "json_schema", schema } },
  });

async function control(command) {
  const answer = await fetch(base + "/control", { method: "POST", body: JSON.stringify(command) });
  assert.equal(answer.status, 200);
}

async function requests() {
  return (await (await fetch(base + "/control/requests")).json()).requests;
}

/** The error that the call ends in. */
async function failure(call) {
  try {
    await call;
  } catch (error) {
    return error;
  }
  assert.fail("it should have failed");
}

const tests = {
  async "chat completions are parsed, with their usage"() {
    const answer = await chat();
    assert.deepEqual(JSON.parse(answer.choices[0].message.content), labels);
    assert.equal(answer.choices[0].finish_reason, "stop");
    assert.equal(answer.choices[0].message.refusal, null);
    assert.equal(answer.usage.total_tokens, answer.usage.prompt_tokens + answer.usage.completion_tokens);
    assert.ok(answer.usage.prompt_tokens > 0 && answer._request_id);
  },
  async "responses are put together"() {
    const answer = await respond();
    assert.deepEqual(JSON.parse(answer.output_text), labels);
    assert.equal(answer.status, "completed");
    assert.ok(answer.usage.input_tokens > 0 && answer.usage.output_tokens > 0);
  },
  async "embeddings come as numbers and as Base64"() {
    const input = ["one two", "two one", "three"];
    const plain = await openai.embeddings.create(
      { model: "text-embedding-3-small", input, dimensions: 64, encoding_format: "float" });
    const packed = await openai.embeddings.create(
      { model: "text-embedding-3-small", input, dimensions: 64 });
    assert.equal(packed.data.length, 3);
    packed.data.forEach((item, i) => {
      assert.equal(item.embedding.length, 64);
      item.embedding.forEach((x, k) => assert.ok(Math.abs(x - plain.data[i].embedding[k]) < 1e-5));
    });
    assert.ok(plain.usage.prompt_tokens > 0);
  },
  async "messages are read, with their usage"() {
    const answer = await message();
    assert.deepEqual(JSON.parse(answer.content[0].text), labels);
    assert.equal(answer.stop_reason, "end_turn");
    assert.equal(answer.usage.cache_read_input_tokens, 0);
    assert.ok(answer.usage.input_tokens > 0 && answer._request_id);
  },
  async "messages that are to call a tool do"() {
    const answer = await anthropic.messages.create({
      model: "claude-haiku-4-5",
      max_tokens: 300,
      messages: [{ role: "user", content: [{ type: "text", text }] }],
      tools: [{ name: "record", input_schema: schema }],
      tool_choice: { type: "tool", name: "record" },
    });
    assert.equal(answer.stop_reason, "tool_use");
    assert.deepEqual(answer.content[0].input, labels);
  },
  async "errors become the classes they should"() {
    for (const [behaviour, name] of [
      ["bad-request", "BadRequestError"],
      ["wrong-key", "AuthenticationError"],
      ["forbidden", "PermissionDeniedError"],
      ["unknown-model", "NotFoundError"],
      ["conflict", "ConflictError"],
      ["unprocessable", "UnprocessableEntityError"],
      ["rate-limited", "RateLimitError"],
      ["quota-exhausted", "RateLimitError"],
      ["internal-error", "InternalServerError"],
      ["overloaded", "InternalServerError"],
      ["reset", "APIConnectionError"],
    ]) {
      const model = "stand-in." + behaviour;
      assert.ok((await failure(chat(openai, model))) instanceof OpenAI[name], behaviour);
      assert.ok((await failure(respond(model))) instanceof OpenAI[name], behaviour);
      assert.ok((await failure(message(anthropic, model))) instanceof Anthropic[name], behaviour);
    }
  },
  async "errors say their type and code"() {
    const quota = await failure(chat(openai, "stand-in.quota-exhausted"));
    assert.deepEqual([quota.status, quota.type, quota.code],
                     [429, "insufficient_quota", "insufficient_quota"]);
    const busy = await failure(message(anthropic, "stand-in.overloaded"));
    assert.deepEqual([busy.status, busy.error.error.type], [529, "overloaded_error"]);
  },
  async "an answer that was cut off, filtered or refused is told as that"() {
    const cut = await failure(chat(openai, "stand-in.length"));
    assert.ok(cut instanceof LengthFinishReasonError);
    const filtered = await failure(chat(openai, "stand-in.content-filter"));
    assert.ok(filtered instanceof ContentFilterFinishReasonError);
    assert.ok((await chat(openai, "stand-in.refusal")).choices[0].message.refusal);
    assert.equal((await respond("stand-in.length")).incomplete_details.reason, "max_output_tokens");
    assert.equal((await message(anthropic, "stand-in.refusal")).stop_details.type, "refusal");
    assert.equal((await message(anthropic, "stand-in.length")).stop_reason, "max_tokens");
  },
  async "the time that is asked for is waited before the next try"() {
    for (const [behaviour, least, call] of [
      ["retry-after-ms", 280, () => chat(openai.withOptions({ maxRetries: 2 }))],
      ["retry-after-seconds", 1900, () => message(anthropic.withOptions({ maxRetries: 2 }))],
    ]) {
      const before = (await requests()).length;
      await control({ behaviour, count: 1 });
      await call();
      const seen = (await requests()).slice(before);
      assert.equal(seen.length, 2);
      assert.ok(seen[1].at_ms - seen[0].answered_at_ms >= least, behaviour);
    }
  },
  async "what is not to be tried again is not"() {
    const before = (await requests()).length;
    await failure(chat(openai.withOptions({ maxRetries: 2 }), "stand-in.should-not-retry"));
    assert.equal((await requests()).length, before + 1);
  },
};

for (const [name, test] of Object.entries(tests)) {
  await test();
  console.log("ok " + name);
}
