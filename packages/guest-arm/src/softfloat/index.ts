export { fpAdd, fpDiv, fpMul, fpSqrt, fpSub } from './arith.ts';
export { clearSign, fixedToFp, fpCompare, fpConvert, fpMinMax, fpMinMaxNum, fpRecpX, Ord } from './compare.ts';
export { fpRecipEstimate, fpRSqrtEstimate, unsignedRecipEstimate, unsignedRSqrtEstimate } from './estimate.ts';
export { fpMulAdd, fpRecipStep, fpRSqrtStep } from './fma.ts';
export { Cls, Fmt, Fpcr, FpFlag, Round } from './format.ts';
export { fpRoundInt, fpRoundIntN, fpToFixed, fpToJsInt } from './integer.ts';
export { FpState } from './state.ts';
