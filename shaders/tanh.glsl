// tanh that does not overflow: some drivers compute it as a quotient of exps
float safe_tanh(float x)
{
	float e = exp(-2 * abs(x));
	return sign(x) * (1 - e) / (1 + e);
}
