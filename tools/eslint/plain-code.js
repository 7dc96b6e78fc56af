// Lint rules against code that is packed to save lines: literals spread into literals, and tuples that only group declarations.

const isList = (node) =>
  node?.type === 'ArrayExpression' && node.elements.every((one) => one && one.type !== 'SpreadElement')

/** `{ ...{ a, b }, c }`: the inner braces say nothing. */
export const noLiteralSpread = {
  meta: {
    type: 'suggestion',
    fixable: 'code',
    schema: [],
    messages: { spread: 'write the properties themselves: the spread of a literal groups nothing' },
  },
  create: (context) => ({
    'ObjectExpression > SpreadElement > ObjectExpression'(inner) {
      const spread = inner.parent
      context.report({
        node: spread,
        messageId: 'spread',
        fix(fixer) {
          const { sourceCode } = context
          const text = inner.properties.map((one) => sourceCode.getText(one)).join(', ')
          if (text !== '') return fixer.replaceText(spread, text)
          const after = sourceCode.getTokenAfter(spread)
          const end = after.value === ',' ? after.range[1] : spread.range[1]
          return fixer.removeRange([spread.range[0], end])
        },
      })
    },
  }),
}

/** The pattern and the list of a declaration or assignment that pairs them one by one. */
const pairs = (pattern, list) =>
  pattern.type === 'ArrayPattern' &&
  isList(list) &&
  pattern.elements.length === list.elements.length &&
  pattern.elements.every((one) => one && one.type !== 'RestElement')

/** Names that stand on the left: a swap reads them on the right, and is what tuples are good for. */
function readsItsTargets(sourceCode, pattern, list) {
  const targets = new Set(pattern.elements.map((one) => sourceCode.getText(one)))
  return list.elements.some((value) =>
    [...targets].some((name) =>
      new RegExp(`(^|[^\\w$.])${name.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}($|[^\\w$])`).test(
        sourceCode.getText(value),
      ),
    ),
  )
}

/** `const [x, y] = [f(), g()]`: two declarations on one line. */
export const noTuplePacking = {
  meta: {
    type: 'suggestion',
    fixable: 'code',
    schema: [],
    messages: { packed: 'write one declaration, or one assignment, a name' },
  },
  create(context) {
    const { sourceCode } = context
    const text = (node) => sourceCode.getText(node)
    return {
      VariableDeclarator({ id, init, parent }) {
        if (!init || !pairs(id, init)) return
        const statement =
          parent.parent.type === 'BlockStatement' ||
          parent.parent.type === 'Program' ||
          parent.parent.type === 'SwitchCase'
        const plain = statement && parent.declarations.length === 1 && !id.typeAnnotation
        context.report({
          node: id,
          messageId: 'packed',
          fix: plain
            ? (fixer) =>
                fixer.replaceText(
                  parent,
                  id.elements
                    .map((one, at) => `${parent.kind} ${text(one)} = ${text(init.elements[at])}`)
                    .join('\n'),
                )
            : null,
        })
      },
      AssignmentExpression({ left, right, operator, parent }) {
        if (operator !== '=' || !pairs(left, right) || readsItsTargets(sourceCode, left, right)) return
        const statement =
          parent.type === 'ExpressionStatement' && ['BlockStatement', 'Program'].includes(parent.parent.type)
        context.report({
          node: left,
          messageId: 'packed',
          fix: statement
            ? (fixer) =>
                fixer.replaceText(
                  parent,
                  left.elements.map((one, at) => `${text(one)} = ${text(right.elements[at])}`).join('\n'),
                )
            : null,
        })
      },
    }
  },
}
