/** How every input is validated, before its mutation sees it. */
import { validateSync } from "class-validator";
import { ArgumentValidationError } from "type-graphql";

/**
 * Throws an ArgumentValidationError for an input that breaks a rule of its class; it carries nothing of the input. What
 * the schema does not know was refused before, and what is left out breaks no rule.
 */
export function validateInput(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const errors = validateSync(value, {
    skipMissingProperties: true,
    forbidUnknownValues: false,
    validationError: { target: false, value: false },
  });
  if (errors.length > 0) throw new ArgumentValidationError(errors);
}
