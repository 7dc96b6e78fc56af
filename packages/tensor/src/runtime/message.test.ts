import { expect, it } from 'vitest'
import { oneLine } from './message.ts'

const messages = [
  [
    '/onnxruntime_src/onnxruntime/core/providers/webgpu/webgpu_context.cc:136 onnxruntime::webgpu::WebGpuContext::Initialize(const onnxruntime::webgpu::WebGpuContextConfig&)::<lambda()> adapter_result.status == wgpu::RequestAdapterStatus::Success was false. Failed to get a WebGPU adapter: No supported adapters\n\n',
    'Failed to get a WebGPU adapter: No supported adapters',
  ],
  [
    '/onnxruntime_src/onnxruntime/core/session/provider_bridge_ort.cc:1988 onnxruntime::Provider& onnxruntime::ProviderLibrary::Get() [ONNXRuntimeError] : 1 : FAIL : Failed to load library libonnxruntime_providers_shared.so with error: no such file',
    'Failed to load library libonnxruntime_providers_shared.so with error: no such file',
  ],
  [
    'Exception during initialization: /onnxruntime_src/onnxruntime/core/providers/cpu/math/element_wise_ops.h:256 onnxruntime::Div<T>::Div(const onnxruntime::OpKernelInfo&) [with T = int] b_data[i] != T{0} was false. Integer division by zero',
    'Integer division by zero',
  ],
  [
    "Could not find an implementation for Erf(13) node with name ''",
    "Could not find an implementation for Erf(13) node with name ''",
  ],
  ["input 'x' [2] is missing", "input 'x' [2] is missing"],
]

it.each(messages)('keeps the human part of %s', (given, expected) => {
  expect(oneLine(new Error(given))).toBe(expected)
})
