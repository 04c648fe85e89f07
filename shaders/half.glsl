// The numbers that cooperative matrices multiply, HALF, and two of them in a word,
// the first one low: f16, or with MATRIX_BF16 bf16.
#ifdef MATRIX_BF16
#extension GL_EXT_bfloat16 : require
#define HALF bfloat16_t

// Of numbers that are bf16.
uint fitting2(float x, float y)
{
	return floatBitsToUint(x) >> 16 | floatBitsToUint(y) & 0xffff0000;
}

// To nearest, to even (Dekker, "A floating-point technique for extending the available
// precision", 1971): three operations on floats, where integers take seven.  NaN stays
// one; infinity, and what is 2^112 or larger, becomes one.
uint half2(float x, float y)
{
	precise vec2 v = vec2(x, y), scaled = v * 65537.0;
	precise vec2 upper = scaled - (scaled - v);
	return fitting2(upper.x, upper.y);
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
