// Runs an ONNX model on rows of numbers and prints what comes out, as JSON; infinities and NaN are null.
//   node onnx.mjs FOLDER-WITH-node_modules MODEL float32|float64 ROWS-FILE COLUMNS
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const [folder, model, type, rowsFile, columns] = process.argv.slice(2);
const ort = createRequire(folder + "/")("onnxruntime-web");
ort.env.wasm.numThreads = 1;

const session = await ort.InferenceSession.create(readFileSync(model));
const bytes = readFileSync(rowsFile);
const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
const rows = type === "float64" ? new Float64Array(buffer) : new Float32Array(buffer);
const x = new ort.Tensor(type, rows, [rows.length / columns, Number(columns)]);
const outputs = await session.run({ x });
const answer = {};
for (const name of session.outputNames) {
  answer[name] = { type: outputs[name].type, dims: outputs[name].dims, data: Array.from(outputs[name].data, Number) };
}
console.log(JSON.stringify({ inputs: session.inputNames, outputs: answer }));
