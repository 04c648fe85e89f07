// The numbers that cooperative matrices multiply, HALF, and two of them in a word,
// the first one low: f16, or with MATRIX_BF16 bf16.
#ifdef MATRIX_BF16
#extension GL_EXT_bfloat16 : require
#define HALF bfloat16_t

uint half2(float x, float y)
{
	uvec2 bits = floatBitsToUint(vec2(x, y));
	// to nearest, to even; NaN stays one
	uvec2 upper = bits + 0x7fff + (bits >> 16 & 1) >> 16;
	upper = mix(upper, bits >> 16 | 0x40, greaterThan(bits & 0x7fffffff,
	    uvec2(0x7f800000)));
	return upper.x | upper.y << 16;
}
#else
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_EXT_spirv_intrinsics : require
#define HALF float16_t

// To nearest, so that what is too large becomes infinity; cut off, it might be the
// largest number.  Numbers: SPV_KHR_float_controls, RoundingModeRTE of 16 bits.
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"],
    capabilities = [4467], 4462, 16);

uint half2(float x, float y)
{
	return packFloat2x16(f16vec2(x, y));
}
#endif
