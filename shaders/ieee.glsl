// For shaders in which NaN, infinity or the sign of zero mean something: no
// compiler may take it that there are none.  Where a device's cannot promise
// that, the words are taken out of the module (lib/dev/spirv.h).
// Numbers: SPV_KHR_float_controls, SignedZeroInfNanPreserve of 32 bits.
#extension GL_EXT_spirv_intrinsics : require
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"],
    capabilities = [4466], 4461, 32);

#define IS_FINITE(x) ((floatBitsToUint(x) & 0x7f800000u) != 0x7f800000u)
