// Runs an ONNX model on rows of float32 and prints what comes out, as JSON:
//   node onnx.mjs FOLDER-WITH-node_modules MODEL ROWS-FILE COLUMNS
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, model, rowsFile, columns] = process.argv.slice(2);
const ort = createRequire(folder + "/")("onnxruntime-web");
ort.env.wasm.numThreads = 1;

const session = await ort.InferenceSession.create(readFileSync(model));
const bytes = readFileSync(rowsFile);
const rows = new Float32Array(bytes.buffer, bytes.byteOffset, bytes.length / 4);
const x = new ort.Tensor("float32", rows, [rows.length / columns, Number(columns)]);
const outputs = await session.run({ x });
const answer = {};
for (const name of session.outputNames) {
  answer[name] = { dims: outputs[name].dims, data: Array.from(outputs[name].data) };
}
console.log(JSON.stringify({ inputs: session.inputNames, outputs: answer }));
