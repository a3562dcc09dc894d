/** What a mutation answers when it refuses: the one place where domain errors become `userErrors`. */
import type { ValidationError } from "class-validator";
import {
  type GraphQLFieldResolver,
  type GraphQLObjectType,
  getNullableType,
  isListType,
  isNonNullType,
  isObjectType,
} from "graphql";
import { ArgumentValidationError, Field, ObjectType } from "type-graphql";
import { UserError, type UserErrorCode } from "../errors.ts";
import type { Context } from "./context.ts";
import { UserErrorCodeEnum } from "./enums.ts";
import { DateTime } from "./scalars.ts";

@ObjectType("UserError", { description: "A refusal that the person can understand and act on." })
export class UserErrorType {
  @Field(() => UserErrorCodeEnum, { description: "What kind of refusal it is." })
  code: UserErrorCode;

  @Field(() => String, { description: "One sentence in English for developers; it never repeats the input." })
  message: string;

  @Field(() => [String], { nullable: true, description: "Where in the input, if it is about one place." })
  path: string[] | null;

  @Field(() => String, {
    nullable: true,
    description: "The age or market rule that forbids it, if one does.",
  })
  ruleId: string | null;

  @Field(() => DateTime, { nullable: true, description: "When to try again, if that will help." })
  retryAt: Date | null;
}

/** The base of every payload. */
@ObjectType()
export abstract class Payload {
  @Field(() => [UserErrorType], { description: "Why it was refused; empty when it was done." })
  userErrors?: UserErrorType[];
}

/** A domain error as `userErrors` has it. */
export function userError({ code, message, details }: UserError): UserErrorType {
  return {
    code,
    message,
    path: details.path === undefined ? null : [...details.path],
    ruleId: details.ruleId ?? null,
    retryAt: details.retryAt ?? null,
  };
}

function invalid(errors: readonly ValidationError[], path: readonly string[] = []): UserErrorType[] {
  return errors.flatMap(({ property, constraints, children }) => {
    const place = path.length === 0 && property === "input" ? [] : [...path, property];
    const own = Object.values(constraints ?? {}).map((message) =>
      userError(new UserError("INVALID", message, { path: place })),
    );
    return [...own, ...invalid(children ?? [], place)];
  });
}

/** What a payload's other fields say of something that did not happen. */
function emptyPayload(type: GraphQLObjectType): Record<string, unknown> {
  const empty: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(type.getFields())) {
    if (!isNonNullType(field.type)) empty[name] = null;
    else if (isListType(getNullableType(field.type))) empty[name] = [];
    else empty[name] = false;
  }
  return empty;
}

/**
 * Wraps the resolver of a mutation: a refusal becomes the payload's `userErrors`, and what the payload goes on to read
 * is read afresh.
 */
export function answering(
  type: unknown,
  resolve: GraphQLFieldResolver<unknown, Context>,
): GraphQLFieldResolver<unknown, Context> {
  if (!isObjectType(type)) throw new Error("A mutation answers with a payload.");
  const empty = emptyPayload(type);
  return async (root, args, context, info) => {
    try {
      const payload = (await resolve(root, args, context, info)) as Payload;
      return Object.assign(payload, { userErrors: payload.userErrors ?? [] });
    } catch (error) {
      if (error instanceof UserError) {
        return { ...empty, ...error.details.payload, userErrors: [userError(error)] };
      }
      if (error instanceof ArgumentValidationError) {
        return { ...empty, userErrors: invalid(error.extensions.validationErrors as ValidationError[]) };
      }
      throw error;
    } finally {
      context.renew();
    }
  };
}
