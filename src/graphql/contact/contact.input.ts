/** What is given to find people by an address book, and to have it forgotten. */
import { Field, InputType } from "type-graphql";

@InputType("SyncContactsInput", {
  description: "An address book, as hashes: 5,000 at most at a time, and 10,000 a day.",
})
export class SyncContactsInput {
  @Field(() => [String], {
    nullable: true,
    description: "SHA-256 of each number in E.164, for example of `+493012345678`, as hexadecimal digits.",
  })
  phoneHashes?: string[] | null;

  @Field(() => [String], {
    nullable: true,
    description: "SHA-256 of each address in lower case, as hexadecimal digits.",
  })
  emailHashes?: string[] | null;

  @Field(() => Boolean, {
    nullable: true,
    description: "Whether these take the place of all that were uploaded before; otherwise they are added.",
  })
  replace?: boolean | null;
}

@InputType("ForgetContactsInput", { description: "That the address book is to be forgotten." })
export class ForgetContactsInput {
  @Field(() => Boolean, { description: "Has to be true: it can't be undone." })
  confirm: boolean;
}
