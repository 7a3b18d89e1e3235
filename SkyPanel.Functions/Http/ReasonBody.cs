namespace SkyPanel.Functions.Http;

/// <summary>The reason for an action.</summary>
public class ReasonBody
{
    /// <summary>The reason.</summary>
    [Required, Length(1, 500)]
    public string Reason { get; set; } = "";
}
