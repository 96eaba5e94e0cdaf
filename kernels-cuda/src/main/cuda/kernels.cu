// All kernels in one module.
#include "int4_gemv.cu"
#include "nm_gemv.cu"
#include "attention.cu"
