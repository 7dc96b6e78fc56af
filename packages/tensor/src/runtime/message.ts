// ONNX Runtime's errors open with a source line and a C++ signature; this keeps the part meant for people.

/** The human part of an error, on one line. */
export function oneLine(error: unknown): string {
  const [first] = (error instanceof Error ? error.message : String(error)).split('\n')
  return first
    .replace(/^.*\[ONNXRuntimeError\] : \d+ : \w+ : /, '')
    .replace(/^(?:Exception during initialization: )?\S*onnxruntime_src\S+ .* was false\.\s*/, '')
    .replace(/^(?:Exception during initialization: )?\S*onnxruntime_src\S+:\d+ \S+ /, '')
    .trim()
}
