//! Integers that do not fit are an error: the engine itself would go on with their last 64 bits.
//!
//! `+`, `-` and `*` of integers are computed with 38 digits and brought back, sums with 128 bits.
//! Both refuse what is no integer of 64 bits in the end.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Decimal128Array};
use arrow::datatypes::{DataType, Decimal128Type, Field, FieldRef, Int64Type};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::error::{DataFusionError, Result as QueryResult};
use datafusion::functions_aggregate::sum::Sum;
use datafusion::logical_expr::function::{AccumulatorArgs, StateFieldsArgs};
use datafusion::logical_expr::planner::{ExprPlanner, PlannerResult, RawBinaryExpr};
use datafusion::logical_expr::{
    Accumulator, AggregateUDFImpl, BinaryExpr, Expr, ExprSchemable, GroupsAccumulator, Operator,
    Signature, cast,
};
use datafusion::sql::sqlparser::ast::BinaryOperator;

/// Digits that every result of one operation on two integers of 64 bits fits into.
const DIGITS: u8 = 38;

/// Plans the operators.
#[derive(Debug)]
pub(super) struct ExactOperators;

impl ExprPlanner for ExactOperators {
    fn plan_binary_op(
        &self,
        raw: RawBinaryExpr,
        schema: &DFSchema,
    ) -> QueryResult<PlannerResult<RawBinaryExpr>> {
        let operator = match raw.op {
            BinaryOperator::Plus => Operator::Plus,
            BinaryOperator::Minus => Operator::Minus,
            BinaryOperator::Multiply => Operator::Multiply,
            _ => return Ok(PlannerResult::Original(raw)),
        };
        let is_whole = |expr: &Expr| expr.get_type(schema).is_ok_and(|found| found.is_integer());
        if !is_whole(&raw.left) || !is_whole(&raw.right) {
            return Ok(PlannerResult::Original(raw));
        }
        let RawBinaryExpr { left, right, .. } = raw;
        let binary = |left: Expr, right: Expr| {
            Expr::BinaryExpr(BinaryExpr::new(Box::new(left), operator, Box::new(right)))
        };
        let name = binary(left.clone(), right.clone()).schema_name().to_string();
        let wide = |expr: Expr| cast(expr, DataType::Decimal128(DIGITS, 0));
        let exact = cast(binary(wide(left), wide(right)), DataType::Int64);
        Ok(PlannerResult::Planned(exact.alias(name)))
    }
}

/// The aggregate `sum`: that of the engine, but for integers.
#[derive(Debug, PartialEq, Eq, Hash, Default)]
pub(super) struct ExactSum(Sum);

fn is_whole(of: &DataType) -> bool {
    *of == DataType::Int64
}

impl AggregateUDFImpl for ExactSum {
    fn name(&self) -> &str {
        self.0.name()
    }

    fn signature(&self) -> &Signature {
        self.0.signature()
    }

    fn return_type(&self, of: &[DataType]) -> QueryResult<DataType> {
        self.0.return_type(of)
    }

    fn accumulator(&self, args: AccumulatorArgs<'_>) -> QueryResult<Box<dyn Accumulator>> {
        if is_whole(args.return_type()) && !args.is_distinct {
            return Ok(Box::new(Whole::default()));
        }
        self.0.accumulator(args)
    }

    fn create_sliding_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> QueryResult<Box<dyn Accumulator>> {
        if is_whole(args.return_type()) && !args.is_distinct {
            return Ok(Box::new(Whole::default()));
        }
        self.0.create_sliding_accumulator(args)
    }

    fn state_fields(&self, args: StateFieldsArgs<'_>) -> QueryResult<Vec<FieldRef>> {
        if is_whole(args.return_type()) && !args.is_distinct {
            let name = format!("{}[sum]", args.name);
            let sum = Field::new(name, DataType::Decimal128(DIGITS, 0), true);
            return Ok(vec![Arc::new(sum)]);
        }
        self.0.state_fields(args)
    }

    fn groups_accumulator_supported(&self, args: AccumulatorArgs<'_>) -> bool {
        !is_whole(args.return_type()) && self.0.groups_accumulator_supported(args)
    }

    fn create_groups_accumulator(
        &self,
        args: AccumulatorArgs<'_>,
    ) -> QueryResult<Box<dyn GroupsAccumulator>> {
        self.0.create_groups_accumulator(args)
    }
}

/// A sum of integers; of no values it is null.
#[derive(Debug, Default)]
struct Whole {
    sum: i128,
    count: u64,
}

impl Whole {
    fn add(&mut self, values: &ArrayRef, sign: i128) {
        let whole = values.as_primitive::<Int64Type>();
        self.sum += sign * whole.iter().flatten().map(i128::from).sum::<i128>();
    }
}

/// How many values of a column are not null.
fn present(values: &ArrayRef) -> u64 {
    u64::try_from(values.len() - values.null_count()).unwrap_or(u64::MAX)
}

impl Accumulator for Whole {
    fn update_batch(&mut self, values: &[ArrayRef]) -> QueryResult<()> {
        for values in values {
            self.add(values, 1);
            self.count += present(values);
        }
        Ok(())
    }

    fn retract_batch(&mut self, values: &[ArrayRef]) -> QueryResult<()> {
        for values in values {
            self.add(values, -1);
            self.count = self.count.saturating_sub(present(values));
        }
        Ok(())
    }

    fn supports_retract_batch(&self) -> bool {
        true
    }

    fn evaluate(&mut self) -> QueryResult<ScalarValue> {
        if self.count == 0 {
            return Ok(ScalarValue::Int64(None));
        }
        let sum = i64::try_from(self.sum).map_err(|_| {
            let text = format!(
                "the sum {} does not fit the 64 bits of an integer; cast to DECIMAL(38, 0) in it",
                self.sum
            );
            DataFusionError::Execution(text)
        })?;
        Ok(ScalarValue::Int64(Some(sum)))
    }

    fn size(&self) -> usize {
        size_of::<Self>()
    }

    fn state(&mut self) -> QueryResult<Vec<ScalarValue>> {
        let sum = (self.count > 0).then_some(self.sum);
        Ok(vec![ScalarValue::Decimal128(sum, DIGITS, 0)])
    }

    fn merge_batch(&mut self, states: &[ArrayRef]) -> QueryResult<()> {
        for state in states {
            let sums: &Decimal128Array = state.as_primitive::<Decimal128Type>();
            self.sum += sums.iter().flatten().sum::<i128>();
            self.count += present(state);
        }
        Ok(())
    }
}
