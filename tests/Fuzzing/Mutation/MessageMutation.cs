using System.Collections;
using Google.Protobuf;
using Google.Protobuf.Reflection;

namespace Fuzzing.Mutation;

/// <summary>Damages what a protobuf message says while it stays a message: numbers, names, missing, doubled and moved parts.</summary>
internal static class MessageMutation
{
    private static readonly long[] Numbers =
    [
        0,
        1,
        -1,
        2,
        3,
        7,
        16,
        64,
        65536,
        int.MaxValue,
        int.MinValue,
        uint.MaxValue,
        long.MaxValue,
        long.MinValue,
        1L << 31,
        1L << 40,
    ];

    private static readonly double[] Reals = [0, -0.0, 1, -1, double.NaN, double.PositiveInfinity, 1e-320, 1e300, -1e300, 0.1, 3e38];

    /// <summary>Changes <paramref name="message"/> in one to four places; <paramref name="names"/> are texts that may stand for others.</summary>
    internal static void Damage(Random random, IMessage message)
    {
        int times = 1 + random.Next(4);
        for (int time = 0; time < times; time++)
        {
            List<(IMessage Owner, FieldDescriptor Field)> places = [];
            List<string> names = [];
            Gather(message, places, names, 0);
            if (places.Count > 0)
            {
                (IMessage owner, FieldDescriptor field) = places[random.Next(places.Count)];
                Change(random, owner, field, names);
            }
        }
    }

    // Every field that is there, and every field of those messages that is not: what a later writer might set.
    private static void Gather(IMessage message, List<(IMessage, FieldDescriptor)> places, List<string> names, int depth)
    {
        foreach (FieldDescriptor field in message.Descriptor.Fields.InDeclarationOrder())
        {
            object value = field.Accessor.GetValue(message);
            bool isThere = field.IsRepeated ? ((ICollection)value).Count > 0 : !IsEmpty(value);
            if (field.IsMap || (!isThere && depth > 3))
            {
                continue;
            }

            places.Add((message, field));
            foreach (object? item in field.IsRepeated ? ((IEnumerable)value).Cast<object?>().Take(200) : [value])
            {
                if (item is IMessage inner)
                {
                    Gather(inner, places, names, depth + 1);
                }
                else if (item is string name)
                {
                    names.Add(name);
                }
            }
        }
    }

    private static bool IsEmpty(object? value) =>
        value switch
        {
            null => true,
            string text => text.Length == 0,
            ByteString bytes => bytes.Length == 0,
            _ => false,
        };

    private static void Change(Random random, IMessage owner, FieldDescriptor field, List<string> names)
    {
        if (field.IsRepeated)
        {
            ChangeList(random, (IList)field.Accessor.GetValue(owner), field, names);
        }
        else if (random.Next(6) == 0)
        {
            field.Accessor.Clear(owner);
        }
        else if (Other(random, field, field.Accessor.GetValue(owner), names) is object other)
        {
            field.Accessor.SetValue(owner, other);
        }
    }

    private static void ChangeList(Random random, IList list, FieldDescriptor field, List<string> names)
    {
        int at = list.Count == 0 ? 0 : random.Next(list.Count);
        switch (random.Next(5))
        {
            case 0 when list.Count > 0:
                list.RemoveAt(at);
                break;
            case 1 when list.Count > 0:
                object? again = list[at];
                list.Insert(random.Next(list.Count), again is IMessage message ? Copy(message) : again);
                break;
            case 2 when list.Count > 0:
                int other = random.Next(list.Count);
                (list[at], list[other]) = (list[other], list[at]);
                break;
            default:
                if (Other(random, field, list.Count == 0 ? null : list[at], names) is object changed)
                {
                    if (list.Count == 0 || random.Next(4) == 0)
                    {
                        list.Add(changed);
                    }
                    else
                    {
                        list[at] = changed;
                    }
                }

                break;
        }
    }

    private static object? Other(Random random, FieldDescriptor field, object? value, List<string> names) =>
        field.FieldType switch
        {
            FieldType.Bool => random.Next(2) == 0,
            FieldType.Float => (float)Reals[random.Next(Reals.Length)],
            FieldType.Double => Reals[random.Next(Reals.Length)],
            FieldType.Int32 or FieldType.SInt32 or FieldType.SFixed32 => (int)Number(random, value),
            FieldType.UInt32 or FieldType.Fixed32 => (uint)Number(random, value),
            FieldType.Int64 or FieldType.SInt64 or FieldType.SFixed64 => Number(random, value),
            FieldType.UInt64 or FieldType.Fixed64 => (ulong)Number(random, value),
            FieldType.Enum => Enum.ToObject(
                field.EnumType.ClrType,
                random.Next(4) == 0 ? random.Next(64) : (int)Number(random, value) & 31
            ),
            FieldType.String => Name(random, value as string ?? "", names),
            FieldType.Bytes => ByteString.CopyFrom(ByteMutation.Of(random, ((value as ByteString) ?? ByteString.Empty).ToByteArray())),
            _ => value is IMessage message ? Copy(message) : field.MessageType.Parser.ParseFrom(ByteString.Empty),
        };

    private static long Number(Random random, object? value)
    {
        long near = value switch
        {
            int number => number,
            uint number => number,
            long number => number,
            ulong number => unchecked((long)number),
            _ => 0,
        };
        return random.Next(3) switch
        {
            0 => Numbers[random.Next(Numbers.Length)],
            1 => unchecked(near + random.Next(-3, 4)),
            _ => random.Next(40),
        };
    }

    private static string Name(Random random, string name, List<string> names) =>
        random.Next(4) switch
        {
            0 => TextMutation.Of(random, name),
            1 => "",
            _ => names.Count == 0 ? "x" : names[random.Next(names.Count)],
        };

    private static IMessage Copy(IMessage message) => message.Descriptor.Parser.ParseFrom(message.ToByteString());
}
