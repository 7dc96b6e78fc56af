// Whether two traces of one program, at two batch sizes, are the same graph but for its constants.
import { equals } from '@bufbuild/protobuf'
import { AttributeProtoSchema, type GraphProto, type NodeProto } from 'onnx-buf'

const different = (what: string): RangeError =>
  new RangeError(`cannot export for any batch size: ${what} the number of samples`)

function checkNode(a: NodeProto, b: NodeProto): void {
  const shape = ({ opType, domain, input, output }: NodeProto) =>
    [domain, opType, ...input, '', ...output].join()
  if (shape(a) !== shape(b) || a.attribute.length !== b.attribute.length)
    throw different(`what is computed at ${a.opType} depends on`)
  a.attribute.forEach((one, at) => {
    const other = b.attribute[at]
    if (one.g && other.g) checkSameStructure(one.g, other.g)
    else if (!equals(AttributeProtoSchema, one, other))
      throw different(`attribute ${one.name} of ${a.opType} depends on`)
  })
}

/** @throws RangeError naming the operation where they part */
export function checkSameStructure(a: GraphProto, b: GraphProto): void {
  a.node.forEach((node, at) => {
    if (at < b.node.length) checkNode(node, b.node[at])
  })
  if (a.node.length !== b.node.length) throw different('how many operations there are depends on')
}
