"""Prefetching for kernels that write to random places: a store that waits for its cache line delays all after it."""

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

LINE = 8
"""64-bit integers per cache line"""
_WRITE, _KEEP, _DATA = 1, 3, 1


@intrinsic
def prefetch(_typing_context, array, index):
    """Load the cache line of array[index] before it is written; an index past the end is harmless."""

    def generate(context, builder, signature, arguments):
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        address = builder.bitcast(builder.gep(data, [arguments[1]]), ir.IntType(8).as_pointer())
        integer = ir.IntType(32)
        kind = ir.FunctionType(ir.VoidType(), [address.type, integer, integer, integer])
        function = builder.module.declare_intrinsic("llvm.prefetch", [address.type], kind)
        builder.call(function, [address, integer(_WRITE), integer(_KEEP), integer(_DATA)])
        return context.get_dummy_value()

    return types.void(array, index), generate
